import type { City } from '#rulebook/city.js';

/** What a region is called; its code where the city file has no name for it. */
export function regionName(city: City, regionCode: string): string {
  return city.regionNames.get(regionCode) ?? regionCode;
}

/** What an agency or a unit is called; its code where the city file has no name for it. */
export function unitName(city: City, unitCode: string): string {
  return city.unitNames.get(unitCode) ?? unitCode;
}
