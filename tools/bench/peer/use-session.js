import { useSyncExternalStore } from 'react';
import { currentSession, subscribe } from './session.js';

export const useSession = () => useSyncExternalStore(subscribe, currentSession);
