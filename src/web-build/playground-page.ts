import type { Plugin } from 'vite';

const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta http-equiv="refresh" content="0; url=../?play" />
    <link rel="icon" href="data:," />
    <title>Drydock</title>
  </head>
</html>
`;

/** `/play`, which is short to say, is the playground on any static host. */
export function playgroundPage(): Plugin {
  return {
    name: 'drydock:playground-page',
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: 'play/index.html', source: page });
    },
    configureServer({ middlewares }) {
      middlewares.use('/play', (request, response, next) => {
        if (!/^\/?(\?|$)/.test(request.url ?? '')) return next();
        response.setHeader('Content-Type', 'text/html');
        response.end(page);
      });
    },
  };
}
