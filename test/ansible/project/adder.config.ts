import { defineConfig, secret } from 'adderjs'
import * as ansible from 'adderjs/ansible'
import * as jira from 'adderjs/jira'

const env = process.env

export default defineConfig({
  connectors: {
    ansible: ansible.connector({
      playbooks: env.PLAYBOOKS ?? '',
      inventory: env.INVENTORY ?? '',
      folder: env.PLAYS ?? '',
      program: env.ANSIBLE_PROGRAM ?? '',
    }),
  },
  ticketing: jira.ticketing({
    url: env.JIRA_URL ?? '',
    email: env.JIRA_EMAIL ?? '',
    token: secret('JIRA_TOKEN'),
    project: env.JIRA_PROJECT ?? '',
    type: 'Incident',
  }),
  tokens: [{ name: 'soc', secret: secret('ADDER_TOKEN'), scopes: ['automations:run'] }],
})
