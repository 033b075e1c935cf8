//! Preferences（个人设置）: what people have set for themselves.

use crate::Store;
use crate::error::StoreError;

/// 单键快捷键: whether letters are keys. Whoever speaks instead of typing switches them off.
const LETTER_KEYS: &str = "letter_keys";

impl Store {
    /// Whether somebody wants single letters to act as keys; they do unless somebody switched them off.
    pub async fn letter_keys(&self, owner: &str) -> Result<bool, StoreError> {
        let sql = "SELECT value FROM preference WHERE owner = $1 AND name = $2";
        let row = self.db.row(sql, &[owner.into(), LETTER_KEYS.into()]).await?;
        Ok(row.map(|row| row.text("value")).transpose()?.is_none_or(|value| value != "off"))
    }

    /// Switches them on or off.
    pub async fn set_letter_keys(&self, owner: &str, on: bool) -> Result<(), StoreError> {
        let sql = "INSERT INTO preference (owner, name, value) VALUES ($1, $2, $3) \
                   ON CONFLICT (owner, name) DO UPDATE SET value = excluded.value";
        let values = [owner.into(), LETTER_KEYS.into(), (if on { "on" } else { "off" }).into()];
        self.db.execute(sql, &values).await.map(|_| ())
    }
}
