import '@fontsource-variable/inter';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app/App';
import { watchFocusSentinels } from './app/focusSentinels';
import { prepareInstallation } from './phone/installPrompt';
import { isHandheld } from './shared/handheld';

watchFocusSentinels();
if (isHandheld()) prepareInstallation();

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
