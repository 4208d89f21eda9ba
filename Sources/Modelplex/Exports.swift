// Who imports the façade needs its vocabulary too: requests, answers, events, tools, errors.
@_exported public import ProviderKit
