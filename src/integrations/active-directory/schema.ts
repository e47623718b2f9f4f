import type { Entry } from 'ldapts'
import { timeOfGeneralized, timeOfTicks } from './directory-time.ts'
import { firstName } from './distinguished-name.ts'

/**
 * A user of the directory. What the directory does not say is undefined, never guessed: an attribute may be empty, or
 * hidden from the account that asks. Times are ISO 8601; `never` is what the directory itself says.
 */
export interface DirectoryUser {
  /** The logon name (`sAMAccountName`). */
  name: string
  displayName?: string | undefined
  company?: string | undefined
  department?: string | undefined
  /** The city (`l`). */
  location?: string | undefined
  title?: string | undefined
  mail?: string | undefined
  phone?: string | undefined
  /** The manager's display name; where their entry can't be read, the name in its distinguished name. */
  manager?: string | undefined
  /** The groups that the user is a direct member of, by name and in order; not the primary group. */
  groups: string[]
  /** Whether the account is disabled. */
  disabled?: boolean | undefined
  /** Whether it is locked out now. */
  locked?: boolean | undefined
  passwordExpired?: boolean | undefined
  /** When the password was last set; `never` where it must be changed at the next logon. */
  passwordSet?: string | undefined
  /** When the account expires, or did. */
  accountExpires?: string | undefined
  created?: string | undefined
  /** The last logon as all domain controllers know it (`lastLogonTimestamp`), which may be two weeks late. */
  lastLogon?: string | undefined
}

/** A user's attributes, one map for all: names in lower case, every value a text. */
export type Attributes = ReadonlyMap<string, readonly string[]>

/**
 * The attributes that are asked for. The computed one has to be asked for by name, and only it tells a lock-out and an
 * expired password ([MS-ADTS] 3.1.1.4.5.17).
 */
export const userAttributes = [
  'sAMAccountName',
  'displayName',
  'company',
  'department',
  'l',
  'title',
  'mail',
  'telephoneNumber',
  'manager',
  'memberOf',
  'userAccountControl',
  'msDS-User-Account-Control-Computed',
  'pwdLastSet',
  'accountExpires',
  'whenCreated',
  'lastLogonTimestamp',
]

// https://learn.microsoft.com/troubleshoot/windows-server/active-directory/useraccountcontrol-manipulate-account-properties
const accountDisabled = 0x2
const lockedOut = 0x10
const passwordHasExpired = 0x800000

export function attributesOf(entry: Entry): Attributes {
  return new Map(Object.entries(entry).map(([name, value]) => [name.toLowerCase(), [value].flat().map(String)]))
}

/** The first value that is not empty. */
export function first(attributes: Attributes, name: string): string | undefined {
  return attributes.get(name.toLowerCase())?.find((value) => value !== '')
}

/** `manager` is their display name, which is another entry's. */
export function directoryUser(attributes: Attributes, name: string, manager: string | undefined): DirectoryUser {
  const text = (attribute: string) => first(attributes, attribute)
  const account = flags(text('userAccountControl'))
  const computed = flags(text('msDS-User-Account-Control-Computed'))
  return withoutUndefined({
    name,
    displayName: text('displayName'),
    company: text('company'),
    department: text('department'),
    location: text('l'),
    title: text('title'),
    mail: text('mail'),
    phone: text('telephoneNumber'),
    manager,
    groups: (attributes.get('memberof') ?? []).map(firstName).sort(),
    disabled: account === undefined ? undefined : (account & accountDisabled) !== 0,
    locked: computed === undefined ? undefined : (computed & lockedOut) !== 0,
    passwordExpired: computed === undefined ? undefined : (computed & passwordHasExpired) !== 0,
    passwordSet: timeOfTicks(text('pwdLastSet')),
    accountExpires: timeOfTicks(text('accountExpires')),
    created: timeOfGeneralized(text('whenCreated')),
    lastLogon: timeOfTicks(text('lastLogonTimestamp')),
  })
}

function flags(text: string | undefined): number | undefined {
  // A signed 32-bit integer: smart-card accounts and others can be negative.
  return text !== undefined && /^-?\d{1,10}$/.test(text) ? Number(text) : undefined
}

/** So that a user looks the same before and after it was kept as JSON. */
function withoutUndefined(user: DirectoryUser): DirectoryUser {
  // Only keys that may be missing are taken out.
  return Object.fromEntries(Object.entries(user).filter(([, value]) => value !== undefined)) as unknown as DirectoryUser
}
