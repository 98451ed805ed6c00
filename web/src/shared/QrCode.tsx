// A QR code drawn as one SVG path: no canvas, no inline style, nothing leaves the browser.
import { makeStyles } from '@fluentui/react-components';
import { create } from 'qrcode';
import { useMemo } from 'react';

const useStyles = makeStyles({
  // Always dark on white with a quiet zone: many cameras can't read it the other way round.
  svg: { width: '184px', height: '184px', backgroundColor: '#fff', borderRadius: '8px', display: 'block' },
});

/** The path of all dark modules, one unit each, row by row. */
export function qrPath(text: string): { size: number; path: string } {
  const { modules } = create(text, { errorCorrectionLevel: 'M' });
  let path = '';
  for (let row = 0; row < modules.size; row++) {
    for (let column = 0; column < modules.size; column++) {
      if (modules.get(row, column)) path += `M${column} ${row}h1v1h-1z`;
    }
  }
  return { size: modules.size, path };
}

export function QrCode({ text, label }: { text: string; label: string }) {
  const styles = useStyles();
  const { size, path } = useMemo(() => qrPath(text), [text]);
  return (
    <svg
      role="img"
      aria-label={label}
      className={styles.svg}
      viewBox={`-4 -4 ${size + 8} ${size + 8}`}
      shapeRendering="crispEdges"
    >
      <path fill="#000" d={path} />
    </svg>
  );
}
