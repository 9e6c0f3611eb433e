import { mount } from 'svelte';
import './app.css';
import { Address } from './address.svelte.ts';
import App from './App.svelte';
import { fetchPack, parts } from './lessons/contents.svelte.ts';
import { LessonRunner } from './lessons/lesson-runner.svelte.ts';
import { Progress } from './lessons/progress.svelte.ts';
import { MachineSession } from './machine-session.svelte.ts';
import { Terminals } from './terminal/terminals.svelte.ts';

const address = new Address(parts[0]?.lessons[0]?.id);
const session = new MachineSession(new URL('./', location.href).href);
const progress = new Progress();
const pack = new URLSearchParams(location.search).get('pack');
const runner = new LessonRunner(address, session, progress, pack === null ? undefined : fetchPack(pack));
const terminals = new Terminals();

const boot = new URLSearchParams(location.search).get('boot') === 'cold' ? 'cold' : 'snapshot';
session.start(boot);
mount(App, { target: document.getElementById('app')!, props: { address, session, runner, progress, terminals } });
