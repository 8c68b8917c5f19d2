namespace ClassicBroker.ZooKeeper.Server.Persistence;

/// <summary>
/// Apache ZooKeeper's transaction log.
/// <code>
/// file   | 0 magic "ZKLG" 4 | 4 version 2 4 | 8 database id 8 | 16 entries ... | zeros to the preallocated end
/// entry  | 0 Adler-32 of the transaction 8 | 8 length 4 | 12 transaction | end of record 'B' 1
/// </code>
/// </summary>
internal static class TxnLogFormat
{
    public const int Magic = 0x5A4B4C47;
    public const int Version = 2;
    public const int HeaderSize = 16;
    public const int EntryHeaderSize = 12;
    public const byte EndOfRecord = (byte)'B';
}
