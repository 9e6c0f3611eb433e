import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

// The compiler checks types and unused names, prettier the layout. These rules are for what neither sees: promises
// nobody waits for, and needless or misleading code.
export default defineConfig(
  { ignores: ['build/', 'dist/', 'node_modules/', 'public/', 'kernel-image/**/*.js'] },
  js.configs.recommended,
  tseslint.configs.recommended,
  svelte.configs.recommended,
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': [
        'error',
        { checksVoidReturn: { arguments: false, attributes: false } },
      ],
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/no-unnecessary-type-assertion': 'error',
      '@typescript-eslint/only-throw-error': ['error', { allowRethrowing: true, allowThrowingUnknown: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: tseslint.parser } },
  },
  {
    rules: {
      // The compiler has these.
      'no-undef': 'off',
      '@typescript-eslint/no-unused-vars': 'off',
      'no-unused-private-class-members': 'off',
      // `!` states what an index check would repeat; noUncheckedIndexedAccess asks for it often.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // `{}` is what a command without flags has, and an interface may exist for its name.
      '@typescript-eslint/no-empty-object-type': 'off',
      // Many errors here are what Docker prints; what the parser underneath said is no part of them.
      'preserve-caught-error': 'off',
      eqeqeq: 'error',
      // Terminals are made of control characters.
      'no-control-regex': 'off',
    },
  },
  { files: ['**/*.svelte'], rules: { 'prefer-const': 'off', 'svelte/prefer-const': 'error' } },
);
