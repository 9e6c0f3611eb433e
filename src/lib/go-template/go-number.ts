/** Go's `%g`: `precision` significant digits (-1: as many as needed), trailing zeros dropped, exponents from 1e+21 on. */
export function formatG(value: number, precision: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
  const [mantissa = '0', exponentText = '0'] = (
    precision < 0 ? value.toExponential() : value.toExponential(Math.max(precision, 1) - 1)
  ).split('e');
  const exponent = Number(exponentText);
  // The shortest form counts as 21 digits before Go takes to an exponent.
  const limit = precision < 0 ? 21 : Math.max(precision, 1);
  if (exponent < -4 || exponent >= limit) {
    const sign = exponent < 0 ? '-' : '+';
    return `${dropZeros(mantissa)}e${sign}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  if (precision < 0) return String(value);
  return dropZeros(value.toFixed(Math.max(0, Math.min(100, precision - 1 - exponent))));
}

const dropZeros = (text: string): string => (text.includes('.') ? text.replace(/\.?0+$/, '') : text);
