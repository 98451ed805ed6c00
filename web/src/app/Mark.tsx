// Keystead's mark: a keystone, the stone that holds the arch, with a keyhole in it. mark.svg is the same for the tab.
export function Mark({ size = 28 }: { size?: number }) {
  return (
    <svg viewBox="0 0 32 32" width={size} height={size} aria-hidden="true" focusable="false">
      <path fill="#0f7c86" d="M4.6 3h11.4v26h-4.7a2 2 0 0 1-1.95-1.55L2.65 5.45A2 2 0 0 1 4.6 3z" />
      <path fill="#4a52b3" d="M27.4 3H16v26h4.7a2 2 0 0 0 1.95-1.55l6.7-22A2 2 0 0 0 27.4 3z" />
      <path
        fill="#fff"
        d="M16 8.2a4.1 4.1 0 0 0-1.9 7.73L13 22.6a.8.8 0 0 0 .79.93h4.42a.8.8 0 0 0 .79-.93l-1.1-6.67A4.1 4.1 0 0 0 16 8.2z"
      />
    </svg>
  );
}
