namespace ClassicBroker.Records;

/// <summary>The codec of a batch: bits 0 to 2 of its attributes.</summary>
public enum CompressionCodec : byte
{
    None = 0,
    Gzip = 1,
    Snappy = 2,
    Lz4 = 3,
    Zstd = 4,
}
