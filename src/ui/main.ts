import { mount } from 'svelte';
import './app.css';
import App from './App.svelte';
import { MachineSession } from './machine-session.svelte.ts';

const session = new MachineSession(new URL('./', location.href).href);
const boot = new URLSearchParams(location.search).get('boot') === 'cold' ? 'cold' : 'snapshot';
session.start(boot);
mount(App, { target: document.getElementById('app')!, props: { session } });
