using ClassicBroker.Primitives;

namespace ClassicBroker.Records;

/// <summary>
/// The headers of one v2 record in their stored form, decoded one by one as they are asked for; the reader has already checked their
/// structure. A view over the record's bytes.
/// </summary>
public readonly ref struct RecordHeaders(int count, ReadOnlySpan<byte> bytes)
{
    public int Count { get; } = count;

    /// <summary>The headers behind their count, as stored.</summary>
    public ReadOnlySpan<byte> Bytes { get; } = bytes;

    public Enumerator GetEnumerator() => new(this);

    public RecordHeader[] ToArray()
    {
        if (Count == 0)
        {
            return [];
        }

        var headers = new RecordHeader[Count];
        var index = 0;
        foreach (var header in this)
        {
            headers[index++] = header.ToRecordHeader();
        }

        return headers;
    }

    /// <summary>Decodes one header a step.</summary>
    public ref struct Enumerator
    {
        private SpanReader _reader;
        private int _left;

        internal Enumerator(RecordHeaders headers)
        {
            _reader = new SpanReader(headers.Bytes);
            _left = headers.Count;
        }

        public RecordHeaderView Current { get; private set; }

        public bool MoveNext()
        {
            if (_left == 0)
            {
                return false;
            }

            _left--;
            var key = _reader.Take(_reader.ReadVarint());
            var valueLength = _reader.ReadVarint();
            Current = new RecordHeaderView(key, valueLength < 0 ? NullableBytes.Null : _reader.Take(valueLength));
            return true;
        }
    }
}
