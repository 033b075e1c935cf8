//! What can go wrong with a lake, as messages for the people who run it.

use std::path::{Path, PathBuf};

use datafusion::arrow::error::ArrowError;
use datafusion::error::DataFusionError;
use datafusion::parquet::errors::ParquetError;
use deltalake::DeltaTableError;

/// LakeError（数据湖错误）: why the lake could not be read or changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LakeError {
    /// A file or folder could not be read or written.
    #[error("无法读写 {}：{source}", path.display())]
    Io {
        /// File or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file of our own does not hold what it should.
    #[error("{} 的内容不是有效的 JSON：{source}。请从备份恢复该文件", path.display())]
    Json {
        /// File.
        path: PathBuf,
        /// What the parser said.
        source: serde_json::Error,
    },
    /// The folder is not a lake.
    #[error("{} 不是数据湖（没有 lake.json）。请检查路径，或先用 mingcha import 建立", path.display())]
    NotALake {
        /// Folder.
        path: PathBuf,
    },
    /// The lake was written by a newer program.
    #[error("数据湖的格式版本是 {found}，本程序只认识 {known}。请升级程序")]
    Format {
        /// Version found.
        found: u32,
        /// Newest version we know.
        known: u32,
    },
    /// The lake's number of shards was chosen when it was made.
    #[error("数据湖建立时定为 {found} 个分片，不能改为 {wanted} 个")]
    Shards {
        /// Shards of the lake.
        found: u32,
        /// Shards wanted.
        wanted: u32,
    },
    /// No such version.
    #[error("数据湖没有版本 {version}，最新版本是 {newest}")]
    NoSuchVersion {
        /// Version asked for.
        version: u64,
        /// Newest.
        newest: u64,
    },
    /// Another process is writing.
    #[error("数据湖正由另一个进程写入：{owner}。请等它结束后重试")]
    Busy {
        /// Owner and age.
        owner: String,
    },
    /// A lock from another machine, whose process cannot be checked from here.
    #[error("数据湖的写锁属于另一台机器：{owner}。确认那个进程已结束后，请删除 {}", path.display())]
    ForeignLock {
        /// Owner and age.
        owner: String,
        /// Lock file.
        path: PathBuf,
    },
    /// No such table.
    #[error("没有名为 {name} 的表")]
    NoSuchTable {
        /// Name given.
        name: String,
    },
    /// Columns handed over are not those of the table.
    #[error("表 {table} 的列不符：{detail}")]
    Columns {
        /// Table.
        table: String,
        /// Which column, and how.
        detail: String,
    },
    /// The key file cannot be used.
    #[error("密钥文件 {} 不可用：应为 64 个十六进制字符（32 字节），且不在数据湖目录内", path.display())]
    KeyFile {
        /// Key file.
        path: PathBuf,
    },
    /// A sealed value could not be opened.
    #[error("加密的个人信息无法解开：密钥不符或数据已损坏")]
    Sealed,
    /// A month that is not one.
    #[error("“{text}” 不是月份，应写作 2026-03")]
    Month {
        /// Text given.
        text: String,
    },
    /// Delta Lake.
    #[error("数据表日志出错：{0}")]
    Delta(#[source] Box<DeltaTableError>),
    /// Arrow.
    #[error("列式数据出错：{0}")]
    Arrow(#[from] ArrowError),
    /// Parquet, in a known file.
    #[error("数据文件 {} 无法读写：{source}", path.display())]
    Parquet {
        /// File.
        path: PathBuf,
        /// What the reader said.
        source: ParquetError,
    },
    /// A data file lacks what the lake always writes.
    #[error("数据文件 {} 缺少列 {column}，或列的类型不符", path.display())]
    DataFile {
        /// File.
        path: PathBuf,
        /// Column.
        column: String,
    },
    /// A query.
    #[error("查询出错：{0}")]
    Query(#[source] Box<DataFusionError>),
}

impl LakeError {
    pub(crate) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        move |source| Self::Io { path: path.to_owned(), source }
    }

    pub(crate) fn parquet(path: &Path) -> impl FnOnce(ParquetError) -> Self + '_ {
        move |source| Self::Parquet { path: path.to_owned(), source }
    }
}

impl From<DeltaTableError> for LakeError {
    fn from(error: DeltaTableError) -> Self {
        Self::Delta(Box::new(error))
    }
}

impl From<DataFusionError> for LakeError {
    fn from(error: DataFusionError) -> Self {
        Self::Query(Box::new(error))
    }
}
