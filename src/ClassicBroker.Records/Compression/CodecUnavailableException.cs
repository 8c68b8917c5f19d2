using ClassicBroker.Primitives;

namespace ClassicBroker.Records;

/// <summary>
/// The version in use forbids a codec: UNSUPPORTED_COMPRESSION_TYPE.
/// </summary>
public sealed class CodecUnavailableException(CompressionCodec codec, string message)
    : RecordsException(ErrorCode.UnsupportedCompressionType, message)
{
    public CompressionCodec Codec { get; } = codec;
}
