import { defineConfig, secret } from 'adderjs'
import * as activeDirectory from 'adderjs/active-directory'
import * as ansible from 'adderjs/ansible'
import * as github from 'adderjs/github'
import * as jenkins from 'adderjs/jenkins'
import * as jira from 'adderjs/jira'
import * as roomba from 'adderjs/roomba'
import * as splunk from 'adderjs/splunk'
import * as virusTotal from 'adderjs/virustotal'

const env = process.env

/** The robot, where there is one: its connector needs the package `mqtt`. */
const robot = () => ({
  roomba: roomba.connector({
    host: env.ROOMBA_HOST ?? '192.168.1.20',
    port: Number(env.ROOMBA_PORT ?? 8883),
    blid: env.ROOMBA_BLID ?? '3149C61040A31580',
    password: secret('ROOMBA_PASSWORD'),
    fingerprint: env.ROOMBA_FINGERPRINT ?? '00'.repeat(32),
  }),
})

const config = defineConfig({
  sources: [
    splunk.source({ token: secret('SPLUNK_HOOK_TOKEN') }),
    jira.source({ secret: secret('JIRA_HOOK_SECRET') }),
    github.source({ secret: secret('GITHUB_HOOK_SECRET') }),
  ],
  connectors: {
    directory: activeDirectory.connector({
      url: env.AD_URL ?? 'ldaps://dc1.acme.example',
      bindDn: env.AD_BIND_DN ?? 'CN=svc-adder,OU=Service Accounts,DC=acme,DC=example',
      password: secret('AD_PASSWORD'),
      baseDn: env.AD_BASE_DN ?? 'DC=acme,DC=example',
      ...(env.AD_CA ? { ca: env.AD_CA } : {}),
    }),
    virustotal: virusTotal.connector({
      apiKey: secret('VT_API_KEY'),
      plan: 'public',
      url: env.VT_URL ?? 'https://www.virustotal.com',
    }),
    splunk: splunk.connector({
      url: env.SPLUNK_URL ?? 'https://splunk.acme.example:8089',
      token: secret('SPLUNK_API_TOKEN'),
    }),
    ansible: ansible.connector({
      playbooks: env.PLAYBOOKS ?? '/opt/adder/playbooks',
      inventory: env.INVENTORY ?? '/opt/adder/inventory',
      folder: env.PLAYS ?? '/var/lib/adder/plays',
    }),
    github: github.connector({ token: secret('GITHUB_TOKEN'), url: env.GITHUB_URL ?? 'https://api.github.com' }),
    jenkins: jenkins.connector({
      url: env.JENKINS_URL ?? 'https://jenkins.acme.example',
      user: env.JENKINS_USER ?? 'adder',
      token: secret('JENKINS_TOKEN'),
    }),
    // Nobody opens a ticket of the robot's type where there is none.
    ...((env.ROOMBA_HOST === undefined ? {} : robot()) as ReturnType<typeof robot>),
  },
  ticketing: jira.ticketing({
    url: env.JIRA_URL ?? 'https://acme.atlassian.net',
    email: env.JIRA_EMAIL ?? 'adder@acme.example',
    token: secret('JIRA_TOKEN'),
    project: env.JIRA_PROJECT ?? 'SEC',
    type: 'Incident',
  }),
  tokens: [{ name: 'soc', secret: secret('ADDER_TOKEN'), scopes: ['lookups:read', 'automations:run'] }],
})

declare module 'adderjs' {
  interface Register {
    config: typeof config
  }
}

export default config
