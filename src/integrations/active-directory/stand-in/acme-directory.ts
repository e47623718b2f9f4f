import type { DirectoryEntry } from './directory-entry.ts'

export const baseDn = 'DC=acme,DC=example'
/** The account that Adder binds as. */
export const serviceDn = `CN=svc-adder,OU=Service Accounts,${baseDn}`

const never = '9223372036854775807'
const flags = { normal: 0x200, disabled: 0x2, locked: 0x10, passwordExpired: 0x800000 }

export interface UserOptions {
  /** sAMAccountName. */
  name: string
  cn: string
  /** The managers' `cn`, and so on: other attributes by the vendor's names. */
  attributes?: Record<string, string | readonly string[]>
  isDisabled?: boolean
  isLocked?: boolean
  isPasswordExpired?: boolean
}

/** A user of the stand-in's directory, as Active Directory stores one. */
export function user({
  name,
  cn,
  attributes = {},
  isDisabled = false,
  isLocked = false,
  isPasswordExpired = false,
}: UserOptions): DirectoryEntry {
  const computed = (isLocked ? flags.locked : 0) | (isPasswordExpired ? flags.passwordExpired : 0)
  const defaults = {
    objectClass: ['top', 'person', 'organizationalPerson', 'user'],
    objectCategory: `CN=Person,CN=Schema,CN=Configuration,${baseDn}`,
    cn,
    displayName: cn,
    sAMAccountName: name,
    userPrincipalName: `${name}@acme.example`,
    mail: `${name}@acme.example`,
    whenCreated: '20240229083000.0Z',
    userAccountControl: String(flags.normal | (isDisabled ? flags.disabled : 0)),
    'msDS-User-Account-Control-Computed': String(computed),
    lockoutTime: isLocked ? ticks('2026-11-02T09:15:00Z') : '0',
    pwdLastSet: ticks('2026-08-03T10:00:00Z'),
    lastLogonTimestamp: ticks('2026-11-01T07:45:30Z'),
    accountExpires: never,
  }
  return { dn: userDn(cn), attributes: listed({ ...defaults, ...attributes }) }
}

/** A group of the stand-in's directory. */
export function group(dn: string, name: string): DirectoryEntry {
  const attributes = {
    objectClass: ['top', 'group'],
    objectCategory: `CN=Group,CN=Schema,CN=Configuration,${baseDn}`,
    cn: name,
    sAMAccountName: name,
  }
  return { dn, attributes: listed(attributes) }
}

/** Acme: the talk's Mona Lisa, her managers, and accounts in every state that matters to an analyst. */
export function acmeDirectory(): DirectoryEntry[] {
  return [
    { dn: baseDn, attributes: listed({ objectClass: ['top', 'domain', 'domainDNS'], dc: 'acme' }) },
    container('Users'),
    container('Groups'),
    container('Service Accounts'),
    group(groups.vpn, 'VPN Users'),
    group(groups.louvre, 'Louvre, Paris'),
    group(groups.artHandlers, 'Art Handlers'),
    serviceAccount(),
    user({
      name: 'mlisa',
      cn: 'Mona Lisa',
      attributes: {
        company: 'Acme',
        department: 'Art',
        l: 'Paris',
        title: 'Portrait',
        telephoneNumber: '+33 1 40 20 53 17',
        manager: userDn('Leonardo da Vinci'),
        memberOf: [groups.vpn, groups.louvre, groups.artHandlers],
      },
    }),
    user({
      name: 'ldavinci',
      cn: 'Leonardo da Vinci',
      attributes: { company: 'Acme', department: 'Art', l: 'Amboise', title: 'Head of Art', memberOf: groups.vpn },
    }),
    user({
      name: 'dgray',
      cn: 'Dorian Gray',
      isDisabled: true,
      attributes: { company: 'Acme', department: 'Art', l: 'London', manager: userDn('Leonardo da Vinci') },
    }),
    user({ name: 'edantes', cn: 'Edmond Dantès', isLocked: true, attributes: { company: 'Acme', l: "Château d'If" } }),
    user({ name: 'rvwinkle', cn: 'Rip Van Winkle', isPasswordExpired: true, attributes: { company: 'Acme' } }),
    user({
      name: 'cinderella',
      cn: 'Cinderella',
      attributes: { company: 'Acme', accountExpires: ticks('2026-01-01T00:00:00Z'), lastLogonTimestamp: '0' },
    }),
    user({ name: 'ghopper', cn: 'Grace Hopper', attributes: { department: 'Engineering', l: 'Arlington' } }),
    user({
      name: 'aturing(adm)',
      cn: 'Turing\\, Alan *admin*',
      attributes: { cn: 'Turing, Alan *admin*', displayName: 'Turing, Alan *admin*', company: 'Acme' },
    }),
  ]
}

const groups = {
  vpn: `CN=VPN Users,OU=Groups,${baseDn}`,
  louvre: `CN=Louvre\\, Paris,OU=Groups,${baseDn}`,
  artHandlers: `CN=Art Handlers,OU=Groups,${baseDn}`,
}

function serviceAccount(): DirectoryEntry {
  const { attributes } = user({ name: 'svc-adder', cn: 'svc-adder' })
  return { dn: serviceDn, attributes }
}

function container(ou: string): DirectoryEntry {
  return { dn: `OU=${ou},${baseDn}`, attributes: listed({ objectClass: ['top', 'organizationalUnit'], ou }) }
}

function userDn(cn: string): string {
  return `CN=${cn},OU=Users,${baseDn}`
}

function listed(attributes: Record<string, string | readonly string[]>): Record<string, readonly string[]> {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [name, typeof value === 'string' ? [value] : value]),
  )
}

/** 100 ns since 1601, as Active Directory keeps times. */
function ticks(iso: string): string {
  return String((BigInt(Date.parse(iso)) + 11_644_473_600_000n) * 10_000n)
}
