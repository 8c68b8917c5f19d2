using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.ZooKeeper.Jute;
using ClassicBroker.ZooKeeper.Server.Txns;

namespace ClassicBroker.ZooKeeper.Server.Persistence;

/// <summary>
/// Reads one transaction log up to its end or its first entry that is not whole. What follows such an entry was never acknowledged:
/// replies wait for the sync that makes all entries before them durable.
/// </summary>
internal sealed class TxnLogReader
{
    private readonly SequentialFileReader _reader;
    private readonly long _fileLength;

    public TxnLogReader(IBlockFile file)
    {
        _fileLength = file.Length;
        _reader = new SequentialFileReader(file, 0);
        Span<byte> header = stackalloc byte[TxnLogFormat.HeaderSize];
        HasHeader = _reader.TryRead(header) && IsHeader(header);
        ValidLength = HasHeader ? TxnLogFormat.HeaderSize : 0;
    }

    /// <summary>False where the file does not begin as a log: it is new, or its making was cut short.</summary>
    public bool HasHeader { get; }

    /// <summary>Bytes up to the end of the last whole entry read.</summary>
    public long ValidLength { get; private set; }

    /// <summary>True once reading has stopped at something that is neither an entry nor the zeros after the last one.</summary>
    public bool IsTorn { get; private set; }

    public bool TryRead(out TxnHeader header, out Txn? txn)
    {
        header = default;
        txn = null;
        Span<byte> prefix = stackalloc byte[TxnLogFormat.EntryHeaderSize];
        if (!HasHeader || IsTorn || !_reader.TryRead(prefix))
        {
            return false;
        }

        var prefixReader = new SpanReader(prefix);
        var checksum = prefixReader.ReadInt64();
        var length = prefixReader.ReadInt32();
        if (checksum == 0 && length == 0)
        {
            return false;
        }

        if (length <= 0 || length > _fileLength - _reader.Position || !TryReadBody(length, checksum, out var body))
        {
            IsTorn = true;
            return false;
        }

        var reader = new JuteReader(body);
        (header, txn) = TxnCodec.Read(ref reader);
        ValidLength = _reader.Position;
        return true;
    }

    private static bool IsHeader(ReadOnlySpan<byte> header)
    {
        var reader = new SpanReader(header);
        return reader.ReadInt32() == TxnLogFormat.Magic && reader.ReadInt32() == TxnLogFormat.Version;
    }

    private bool TryReadBody(int length, long checksum, out byte[] body)
    {
        body = new byte[length];
        Span<byte> end = stackalloc byte[1];
        return _reader.TryRead(body) && _reader.TryRead(end) && end[0] == TxnLogFormat.EndOfRecord && Adler32.Of(body) == checksum;
    }
}
