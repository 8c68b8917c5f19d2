using ClassicBroker.Primitives;

namespace ClassicBroker.Records;

/// <summary>
/// A codec is not usable: its native library is missing on this machine, or the version in use forbids it: UNSUPPORTED_COMPRESSION_TYPE.
/// </summary>
public sealed class CodecUnavailableException(CompressionCodec codec, string message)
    : RecordsException(ErrorCode.UnsupportedCompressionType, message)
{
    public CompressionCodec Codec { get; } = codec;
}
