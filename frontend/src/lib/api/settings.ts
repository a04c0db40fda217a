import { answer, api, clearing } from "./client";
import type { Settings } from "./types";

/** What is left out is left alone; null clears. */
export type SettingsPatch = Partial<Omit<Settings, "support" | "welcome">> & {
  support?: Partial<Settings["support"]>;
  welcome?: { subject?: string | null; text?: string | null };
};

export const readSettings = () => answer<Settings>(api.GET("/settings"));
export const changeSettings = (patch: SettingsPatch) =>
  answer<Settings>(api.PATCH("/settings", { body: clearing<object>(patch) }));
export const sendTestMail = () => answer<{ mail_id: string }>(api.POST("/settings/test-mail"));
