// `npm run lesson:new -- PART NAME`: the skeleton of a lesson, at the end of its part. What it makes is a whole lesson of
// one step already, so that its tests can be run from the first minute on.

import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const lessonsFolder = fileURLToPath(new URL('../../lessons', import.meta.url));

const manifest = `minutes: 10
steps:
  - id: first
    check:
      - name: ran
        container: { image: hello-world, state: exited, exitCode: 0 }
`;

const english = `---
title: A title
summary: One sentence for the table of contents.
---

## The first step {#first}

\`\`\`run
docker run hello-world
\`\`\`

:::hint
Click the command.
:::

:::missing
- \`ran\`: No container has been run from the image \`hello-world\` yet.
:::
`;

const chinese = `---
title: 标题
summary: 目录中的一句话。
---

## 第一步 {#first}

\`\`\`run
docker run hello-world
\`\`\`

:::hint
点击这条命令。
:::

:::missing
- \`ran\`：还没有从镜像 \`hello-world\` 运行过容器。
:::
`;

/** Makes the folder and returns its path. Throws when the names do not do, or a lesson of the name is there. */
function newLesson(part: string, name: string): string {
  const folder = join(lessonsFolder, part);
  if (!existsSync(join(folder, 'part.yaml')))
    throw new Error(`making a lesson: lessons/${part}/part.yaml is not there`);
  if (!/^[a-z][a-z0-9-]*$/.test(name))
    throw new Error(`making a lesson: ${name} is not small letters, digits and dashes`);
  const lessons = readdirSync(folder).filter((entry) => /^\d+-/.test(entry));
  if (lessons.some((entry) => entry.replace(/^\d+-/, '') === name)) {
    throw new Error(`making a lesson: lessons/${part} has one called ${name}`);
  }
  const last = Math.max(0, ...lessons.map((entry) => Number.parseInt(entry, 10)));
  const made = join(folder, `${String(last + 1).padStart(2, '0')}-${name}`);
  mkdirSync(made);
  for (const [file, content] of [
    ['lesson.yaml', manifest],
    ['en.md', english],
    ['zh-CN.md', chinese],
  ] as const) {
    writeFileSync(join(made, file), content);
  }
  return made;
}

const [part, name] = process.argv.slice(2);
if (part === undefined || name === undefined) {
  console.error('Usage: npm run lesson:new -- PART NAME, for example 01-containers my-lesson');
  process.exit(1);
}
console.log(newLesson(part, name));
