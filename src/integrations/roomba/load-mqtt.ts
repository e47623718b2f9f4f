/** The package that speaks MQTT: an optional peer, for most have no robot. */
export const mqttPackage = 'mqtt'

/** Whether that package is installed where Adder finds it. Loads nothing. */
export function hasMqtt(): boolean {
  try {
    import.meta.resolve(mqttPackage)
    return true
  } catch {
    return false
  }
}

/** Loads it when the first robot is asked, and not before. */
export async function loadMqtt(): Promise<typeof import('mqtt')> {
  return import('mqtt')
}
