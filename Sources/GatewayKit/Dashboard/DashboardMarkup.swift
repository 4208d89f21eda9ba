extension DashboardPage {
    /// The page's parts; what stands in them comes later.
    static let markup = #"""
        <header>
          <h1>Modelplex <span id="version"></span></h1>
          <p role="status" aria-live="polite"><span id="health"></span> <span id="link">connecting</span></p>
          <button id="again" type="button" hidden>Try now</button>
          <p id="since"></p>
        </header>
        <main>
          <section id="door" aria-labelledby="door-title" hidden>
            <h2 id="door-title">This gateway wants an access key</h2>
            <form id="form">
              <label for="key" class="unseen">Access key</label>
              <input id="key" type="password" autocomplete="off" spellcheck="false" required
                aria-describedby="door-note">
              <button type="submit">Show</button>
            </form>
            <p id="door-note" class="none">It stays in this page's memory and is forgotten when the page is left.</p>
          </section>
          <div id="all" hidden>
            <section aria-labelledby="now-title">
              <h2 id="now-title">Now</h2>
              <dl>
                <div><dt>Model requests per second</dt><dd id="rate">–</dd></div>
                <div><dt>First token, median</dt><dd id="p50">–</dd></div>
                <div><dt>First token, 95 %</dt><dd id="p95">–</dd></div>
                <div><dt>Tokens written per second</dt><dd id="tokens">–</dd></div>
                <div><dt>Tokens in, out, last minute</dt><dd id="usage">–</dd></div>
                <div><dt>Errors, last minute</dt><dd id="failed">–</dd></div>
                <div><dt>Requests in flight</dt><dd id="flight">–</dd></div>
                <div><dt>Open streams</dt><dd id="streams">–</dd></div>
                <div><dt>Connections</dt><dd id="connections">–</dd></div>
                <div><dt>Memory</dt><dd id="memory">–</dd></div>
              </dl>
              <svg id="line" viewBox="0 0 120 40" preserveAspectRatio="none" role="img"
                aria-label="Model requests per second, last ten minutes"><polyline id="points"/></svg>
            </section>
            <section aria-labelledby="providers-title">
              <h2 id="providers-title">Providers</h2>
              <div class="scroll" tabindex="0" role="region" aria-labelledby="providers-title"><table>
                <thead><tr><th scope="col">Name</th><th scope="col">State</th><th scope="col">Why</th>
                  <th scope="col" class="number">Sent, last min</th><th scope="col" class="number">Failed</th>
                  <th scope="col" class="number wide">Probe</th><th scope="col" class="number wide">Models</th>
                  <th scope="col" class="wide">Last failure</th></tr></thead>
                <tbody id="providers"></tbody></table></div>
            </section>
            <section aria-labelledby="targets-title">
              <h2 id="targets-title">Targets</h2>
              <div class="scroll" tabindex="0" role="region" aria-labelledby="targets-title"><table>
                <thead><tr><th scope="col">Target</th><th scope="col">State</th><th scope="col">Why</th>
                  <th scope="col">Until</th><th scope="col" class="wide">Routes</th></tr></thead>
                <tbody id="targets"></tbody></table></div>
            </section>
            <div class="pair">
              <section aria-labelledby="errors-title">
                <h2 id="errors-title">Errors by code</h2>
                <table><thead><tr><th scope="col">Code</th><th scope="col" class="number">Last min</th>
                  <th scope="col" class="number">Since start</th></tr></thead><tbody id="errors"></tbody></table>
              </section>
              <section aria-labelledby="tools-title">
                <h2 id="tools-title">MCP servers</h2>
                <table><thead><tr><th scope="col">Name</th><th scope="col">State</th>
                  <th scope="col" class="number">Calls</th><th scope="col" class="number">Failed</th>
                  <th scope="col">Problem</th></tr></thead><tbody id="tools"></tbody></table>
              </section>
            </div>
            <section aria-labelledby="news-title">
              <h2 id="news-title">What has changed</h2>
              <ol id="news"></ol>
            </section>
            <section aria-labelledby="requests-title">
              <h2 id="requests-title">Last requests</h2>
              <div class="scroll" tabindex="0" role="region" aria-labelledby="requests-title"><table>
                <thead><tr><th scope="col">Ended</th><th scope="col">Asked for</th><th scope="col">Answered by</th>
                  <th scope="col">Outcome</th><th scope="col" class="number">Time</th>
                  <th scope="col" class="number wide">First token</th><th scope="col" class="number wide">Tokens</th>
                  <th scope="col" class="wide">Caller</th></tr></thead>
                <tbody id="requests"></tbody></table></div>
            </section>
          </div>
          <noscript><section><p>This page needs JavaScript; <code>GET /_internal/status</code>,
            <code>/v1/health</code> and <code>/events</code> tell the same.</p></section></noscript>
        </main>
        """#
}
