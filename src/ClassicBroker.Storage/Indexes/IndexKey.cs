namespace ClassicBroker.Storage;

/// <summary>Reads the number off an entry by which an index is searched, such as its offset relative to the segment's.</summary>
internal delegate long IndexKey(ReadOnlySpan<byte> entry);
