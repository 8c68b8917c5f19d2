namespace ClassicBroker.Records;

/// <summary>
/// Walks the entries of a message set or a piece of log, header by header, whatever their magics. Ends quietly before a partial last
/// entry, as fetch responses may have one.
/// </summary>
/// <example><code>foreach (var batch in new BatchIterator(records)) { … }</code></example>
public ref struct BatchIterator(ReadOnlySpan<byte> records)
{
    private readonly ReadOnlySpan<byte> _records = records;
    private BatchHeader _current;

    public readonly BatchHeader Current => _current;

    /// <summary>All bytes of the current entry.</summary>
    public readonly ReadOnlySpan<byte> CurrentBytes => _records.Slice((int)_current.Position, _current.SizeInBytes);

    /// <summary>Bytes of the whole entries passed so far; at the end, where a partial tail starts.</summary>
    public int Consumed { get; private set; }

    public readonly BatchIterator GetEnumerator() => this;

    /// <exception cref="CorruptRecordException">What comes next cannot be an entry.</exception>
    public bool MoveNext()
    {
        if (!BatchHeader.TryRead(_records[Consumed..], Consumed, out var next) || next.SizeInBytes > _records.Length - Consumed)
        {
            return false;
        }

        _current = next;
        Consumed += next.SizeInBytes;
        return true;
    }
}
