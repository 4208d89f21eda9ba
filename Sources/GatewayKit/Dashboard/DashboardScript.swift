extension DashboardPage {
    /// What fills the page.
    ///
    /// Nothing that comes from elsewhere is ever read as markup.
    static let script = #"""
        'use strict';
        const $ = id => document.getElementById(id);
        const base = location.pathname.replace(/dashboard\/?$/, '');
        const rows = { requests: 25, news: 12, targets: 200, points: 120 };
        const good = ['healthy', 'ready', 'ok', 'idle', 'completed'];
        const bad = ['unavailable', 'breaker_open', 'failed', 'unusable', 'credential_refused', 'stopped'];
        const words = text => String(text).replaceAll('_', ' ');
        const marks = { good: '● ', warn: '▲ ', bad: '■ ' };
        let key = '', last = '', minute = {}, total = {}, health = { providers: [] }, routes = {}, status = {};
        let rates = [], wake = () => {}, due = 0, refreshing = false;

        function element(name, text, style) {
          const node = document.createElement(name);
          if (text !== undefined && text !== null) node.textContent = text;
          if (style) node.className = style;
          return node;
        }
        function stateNode(state) {
          const kind = good.includes(state) ? 'good' : bad.includes(state) ? 'bad'
            : state === 'unknown' || state === 'disabled' ? '' : 'warn';
          return element('span', (marks[kind] || '○ ') + words(state), kind);
        }
        function cell(content, style) {
          const node = element('td', undefined, style);
          if (content instanceof Node) node.append(content);
          else node.textContent = content ?? '';
          return node;
        }
        function row(...cells) {
          const node = element('tr');
          node.append(...cells);
          return node;
        }
        function fill(id, list, nothing) {
          const body = $(id);
          if (list.length) return body.replaceChildren(...list);
          const only = cell(nothing, 'none');
          only.colSpan = 9;
          body.replaceChildren(row(only));
        }
        const number = value => Number(value ?? 0).toLocaleString();
        const about = value => Number(value ?? 0).toLocaleString(undefined,
          { notation: 'compact', maximumSignificantDigits: 3 });
        function time(ms) {
          if (ms === null || ms === undefined) return '–';
          return ms < 1000 ? Math.round(ms) + ' ms' : (ms / 1000).toFixed(ms < 10000 ? 2 : 1) + ' s';
        }
        function bytes(count) {
          return count ? (count / 1048576).toFixed(0) + ' MiB' : '–';
        }
        function clock(at) {
          const node = element('time', new Date(at).toLocaleTimeString());
          node.dateTime = at;
          return node;
        }
        function span(seconds) {
          const s = Math.max(0, Math.ceil(seconds));
          return s < 90 ? s + ' s' : s < 5400 ? Math.round(s / 60) + ' min' : Math.round(s / 3600) + ' h';
        }

        // What is asked for once

        async function get(path, fields) {
          const headers = { ...fields };
          if (key) headers.authorization = 'Bearer ' + key;
          const answer = await fetch(base + path, { headers, cache: 'no-store', credentials: 'omit' });
          if (answer.status === 401) throw new Error('key');
          if (!answer.ok) throw new Error('answered ' + answer.status);
          return answer;
        }
        async function json(path) { return (await get(path)).json(); }
        // Several changes at once are one reason to look.
        function refreshSoon() {
          if (due) return;
          due = setTimeout(() => { due = 0; refresh().catch(() => {}); }, 400);
        }
        async function refresh() {
          if (refreshing) return;
          refreshing = true;
          try {
            [status, routes, health] = await Promise.all([
              json('_internal/status'), json('_internal/routes').catch(() => ({})), json('v1/health'),
            ]);
          } finally { refreshing = false; }
          const seen = Date.now();
          for (const record of routes.left_alone || []) {
            const left = Math.max(record.cooling || 0, record.breaker_open || 0, record.refused_for || 0);
            record.until = left ? seen + left * 1000 : null;
          }
          show();
        }

        function show() {
          $('version').textContent = status.version || '';
          $('since').textContent = 'up ' + span(status.uptime_s || 0) + ', process ' + (status.pid ?? '');
          $('health').replaceChildren(stateNode(health.status || 'unknown'));
          gauges({ connections: status.connections, requests_in_flight: status.requests_in_flight,
            open_streams: status.open_streams, resident_bytes: status.memory?.resident_bytes });
          showProviders();
          showTargets();
          fill('tools', (status.mcp?.servers || []).map(server => row(
            cell(server.name), cell(stateNode(server.state), 'short'),
            cell(number((server.calls?.ok || 0) + (server.calls?.error || 0)), 'number'),
            cell(number(server.calls?.error), 'number'), cell(server.problem))), 'There are none.');
        }
        function showProviders() {
          fill('providers', (health.providers || []).map(provider => {
            const sent = minute.attempts?.[provider.name] || {};
            const failure = provider.last_failure;
            const told = failure ? words(failure.code) + (failure.status ? ' ' + failure.status : '')
              + ', ' + new Date(failure.at).toLocaleTimeString() : '';
            return row(cell(provider.name), cell(stateNode(provider.state), 'short'), cell(provider.reason),
              cell(number(sent.sent), 'number'), cell(number(sent.failed), 'number'),
              cell(time(provider.latency_ms), 'number wide'), cell(provider.models ?? '–', 'number wide'),
              cell(told, 'wide'));
          }), 'No provider is known yet.');
        }
        function judged(record) {
          const open = record.breaker === 'open' ? record.breaker_open || 0 : 0;
          if (open > (record.cooling || 0)) return ['breaker_open', 'it failed again and again'];
          if (record.cooling) return ['cooling', 'it asked to be left alone'];
          if (record.breaker) return ['half_open', 'the next request finds out'];
          if (record.refused) return ['credential_refused', words(record.refused)];
          return ['ready', (record.failures || 0) + ' failures of late'];
        }
        function showTargets() {
          const uses = new Map();
          for (const route of routes.routes || []) for (const target of route.targets || [])
            uses.set(target, [...(uses.get(target) || []), route.name || route.match]);
          const list = [];
          for (const record of routes.left_alone || []) {
            const name = record.provider + '/' + record.model;
            const [state, why] = judged(record);
            const until = record.until && state !== 'half_open' ? span((record.until - Date.now()) / 1000) : '';
            list.push(row(cell(name + (record.credential ? ' (' + record.credential + ')' : '')),
              cell(stateNode(state), 'short'), cell(why), cell(until && state !== 'ready' ? 'in ' + until : '', 'short'),
              cell((uses.get(name) || []).join(', '), 'wide')));
            uses.delete(name);
          }
          for (const [name, users] of uses)
            list.push(row(cell(name), cell(stateNode('ready'), 'short'), cell(''), cell(''),
              cell(users.join(', '), 'wide')));
          fill('targets', list.slice(0, rows.targets), 'All are ready.');
        }
        function gauges(values) {
          const texts = { connections: number(values.connections), flight: number(values.requests_in_flight),
            streams: number(values.open_streams), memory: bytes(values.resident_bytes) };
          for (const id in texts) $(id).textContent = texts[id];
        }

        // What comes by itself

        function figures(data) {
          gauges(data);
          total = data.total || {};
          if (!data.minute) return showErrors();
          minute = data.minute;
          $('rate').textContent = data.rates.model_requests.toFixed(data.rates.model_requests < 10 ? 1 : 0);
          $('tokens').textContent = number(Math.round(data.rates.output_tokens));
          $('p50').textContent = time(minute.ttft_ms.p50);
          $('p95').textContent = time(minute.ttft_ms.p95);
          $('usage').textContent = about(minute.input_tokens) + ', ' + about(minute.output_tokens);
          $('failed').textContent = number(Object.values(minute.errors).reduce((sum, count) => sum + count, 0));
          rates = [...rates, data.rates.model_requests].slice(-rows.points);
          const most = Math.max(1, ...rates);
          const step = 120 / (Math.max(rates.length, 12) - 1);
          $('points').setAttribute('points', rates.map((rate, place) =>
            (place * step).toFixed(1) + ',' + (38 - 36 * rate / most).toFixed(1)).join(' '));
          showErrors();
          showProviders();
        }
        function showErrors() {
          const all = Object.entries(total.errors || {}).sort((one, other) => other[1] - one[1]);
          fill('errors', all.slice(0, 20).map(([code, count]) => row(cell(words(code)),
            cell(number(minute.errors?.[code]), 'number'), cell(number(count), 'number'))), 'There were none.');
        }
        function request(data) {
          // What asks models or tools; not what only watches.
          if (!data.provider && !data.requested_model && !/^\/(v1|v1beta|api|mcp)\//.test(data.route)) return;
          if (data.route === '/v1/health') return;
          const body = $('requests');
          if (body.firstElementChild?.firstElementChild?.colSpan > 1) body.replaceChildren();
          const answered = data.provider ? data.provider + (data.model ? '/' + data.model : '') : '';
          const outcome = element('span');
          outcome.append(stateNode(data.error ? 'failed' : data.outcome));
          outcome.append(' ' + data.status + (data.error ? ' ' + words(data.error) : ''));
          const tokens = data.output_tokens === undefined ? '' : number(data.input_tokens) + ' → '
            + number(data.output_tokens);
          body.prepend(row(cell(clock(data.time), 'short'), cell(data.requested_model || data.model || data.route),
            cell(answered), cell(outcome), cell(time(data.duration_ms), 'number'),
            cell(data.ttft_ms === undefined ? '' : time(data.ttft_ms), 'number wide'), cell(tokens, 'number wide'),
            cell(data.caller || data.peer || (data.peer_uid === undefined ? '' : 'user ' + data.peer_uid), 'wide')));
          while (body.childElementCount > rows.requests) body.lastElementChild.remove();
        }
        function news(at, text) {
          const item = element('li');
          item.append(clock(at), ' ' + text);
          $('news').prepend(item);
          while ($('news').childElementCount > rows.news) $('news').lastElementChild.remove();
        }
        const told = {
          'provider.state': data => `provider ${data.provider} is ${data.state}, was ${data.previous}`
            + (data.reason ? ' (' + words(data.reason) + ')' : ''),
          'provider.probe': data => data.ok ? '' : `provider ${data.provider} was asked, in vain: ${words(data.code)}`
            + (data.status ? ' ' + data.status : ''),
          'target.state': data => `target ${data.provider}/${data.model} is ${words(data.state)}, was `
            + words(data.previous) + (data.until ? ', until ' + new Date(data.until).toLocaleTimeString() : '')
            + (data.reason ? ' (' + words(data.reason) + ')' : ''),
          'mcp.state': data => `MCP server ${data.server} is ${words(data.state)}`
            + (data.problem ? ': ' + data.problem : ''),
          'configuration.reloaded': () => 'another configuration is in effect',
          'configuration.refused': data => 'a configuration was refused: ' + data.problems.join('; '),
          'gateway.stopping': () => 'the gateway stops',
          'dropped': data => (data.count === null ? 'some' : number(data.count)) + ' events are missing',
        };
        function take(name, data) {
          if (name === 'metrics') return figures(data);
          if (name === 'request') return request(data);
          const text = told[name]?.(data);
          if (text) news(data.time || new Date().toISOString(), text);
          if (name !== 'gateway.stopping') refreshSoon();
        }
        function event(block) {
          let name = 'message', text = '';
          for (const line of block.split('\n')) {
            if (line.startsWith('id: ')) last = line.slice(4);
            else if (line.startsWith('event: ')) name = line.slice(7);
            else if (line.startsWith('data: ')) text += line.slice(6);
          }
          if (text) take(name, JSON.parse(text));
        }
        // An EventSource cannot show a key, so the stream is read by hand.
        async function read() {
          const answer = await get('events', last ? { 'last-event-id': last } : {});
          await refresh();
          $('all').hidden = false;
          $('link').textContent = 'live';
          const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
          for (let rest = ''; ;) {
            const { value, done } = await reader.read();
            if (done) return;
            const blocks = (rest + value).split('\n\n');
            rest = blocks.pop();
            for (const block of blocks) event(block);
          }
        }
        function pause(seconds) {
          return new Promise(resolve => {
            const timer = setTimeout(resolve, seconds * 1000);
            wake = () => { clearTimeout(timer); resolve(); };
          });
        }
        function enter() {
          $('all').hidden = true;
          $('link').textContent = key ? 'the key was refused' : 'not let in yet';
          $('door').hidden = false;
          $('key').focus();
          return new Promise(resolve => {
            $('form').onsubmit = submitted => {
              submitted.preventDefault();
              key = $('key').value.trim();
              $('key').value = '';
              $('door').hidden = true;
              resolve();
            };
          });
        }
        async function run() {
          for (let wait = 0; ;) {
            let why = 'the stream has ended';
            const began = Date.now();
            try { await read(); } catch (error) { why = error.message; }
            if (why === 'key') { await enter(); continue; }
            wait = Date.now() - began > 30000 ? 1 : Math.min(16, wait * 2 || 1);
            $('health').replaceChildren(stateNode('unknown'));
            $('link').textContent = wait < 16 ? `not connected, trying again in ${wait} s`
              : 'the gateway cannot be reached; trying every 16 s';
            $('link').title = why;
            $('again').hidden = false;
            await pause(wait);
            $('again').hidden = true;
          }
        }
        $('again').onclick = () => wake();
        setInterval(() => { if (!$('all').hidden && !document.hidden) showTargets(); }, 1000);
        setInterval(() => { if ($('link').textContent === 'live' && !document.hidden) refresh().catch(() => {}); }, 15000);
        fill('requests', [], 'None since this page was opened.');
        fill('errors', [], 'There were none.');
        run();
        """#
}
