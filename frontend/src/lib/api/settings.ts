import { get, patch, post } from "./client";
import type { Settings } from "./types";

/** What is left out is left alone; null clears. */
export type SettingsPatch = Partial<Omit<Settings, "support" | "welcome">> & {
  support?: Partial<Settings["support"]>;
  welcome?: { subject?: string | null; text?: string | null };
};

export const readSettings = () => get<Settings>("/settings");
export const changeSettings = (body: SettingsPatch) => patch<Settings>("/settings", body);
export const sendTestMail = () => post<{ mail_id: string }>("/settings/test-mail");
