import { describe, expect, it } from 'vitest';
import { nextName, parseNetworks } from './secrets';

describe('the name of the secret that follows', () => {
  it('counts on', () => {
    expect(nextName('Entra ID', ['Entra ID'])).toBe('Entra ID 2');
    expect(nextName('Entra ID 2', ['Entra ID', 'Entra ID 2'])).toBe('Entra ID 3');
  });

  it('leaves out names that are taken', () => {
    expect(nextName('Entra ID', ['Entra ID', 'Entra ID 2', 'Entra ID 3'])).toBe('Entra ID 4');
  });

  it('never grows beyond what the server takes', () => {
    expect(nextName('x'.repeat(100), [])).toBe(`${'x'.repeat(98)} 2`);
  });
});

describe('allowed networks', () => {
  it('are addresses and networks of both kinds, each once', () => {
    const { networks, wrong } = parseNetworks('203.0.113.7\n203.0.113.0/24, 2001:db8::/32  ::1;203.0.113.7');
    expect(wrong).toBeUndefined();
    expect(networks).toEqual(['203.0.113.7', '203.0.113.0/24', '2001:db8::/32', '::1']);
  });

  it.each(['203.0.113', '203.0.113.256', '203.0.113.0/33', '2001:db8::/129', 'example.com', '10.0.0.0/8/9', '10.0.0.0/'])(
    '%s is none',
    (entry) => {
      expect(parseNetworks(`10.1.2.3 ${entry}`).wrong).toBe(entry);
    },
  );

  it('may be none at all', () => {
    expect(parseNetworks(' \n ')).toEqual({ networks: [], wrong: undefined });
  });
});
