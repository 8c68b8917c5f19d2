using System.Buffers.Binary;
using ClassicBroker.Primitives;

namespace ClassicBroker.Protocol;

/// <summary>
/// Messages kept outside of requests: the keys and values of <c>__consumer_offsets</c> and <c>__transaction_state</c>, the consumer
/// protocol, forwarded principals. An int16 version goes before the body.
/// </summary>
public static class VersionedMessage
{
    internal const int VersionLength = 2;

    public static byte[] Encode(IMessage message, short version)
    {
        var bytes = new byte[VersionLength + message.Size(version)];
        BinaryPrimitives.WriteInt16BigEndian(bytes, version);
        var writer = new ProtocolWriter(bytes.AsSpan(VersionLength));
        message.Write(ref writer, version);
        return bytes;
    }

    public static short PeekVersion(ReadOnlySpan<byte> bytes) =>
        bytes.Length >= VersionLength
            ? BinaryPrimitives.ReadInt16BigEndian(bytes)
            : throw new MalformedDataException("too short for a version");

    /// <exception cref="MalformedDataException">The version is unknown, or the bytes are not such a message.</exception>
    public static T Decode<T>(Memory<byte> bytes)
        where T : class, IMessage<T>, new() =>
        Decode<T>(bytes, PeekVersion<T>(bytes.Span));

    /// <summary>As the consumer protocol demands: a version above ours is read as our highest, and what follows it is left alone.</summary>
    public static T DecodeForward<T>(Memory<byte> bytes)
        where T : class, IMessage<T>, new() =>
        Decode<T>(bytes, RequireVersion<T>(Math.Min(PeekVersion(bytes.Span), T.MaxVersion)));

    /// <summary>The version, which is one that the message has.</summary>
    internal static short PeekVersion<T>(ReadOnlySpan<byte> bytes)
        where T : class, IMessage<T>, new()
    {
        var version = PeekVersion(bytes);
        return version <= T.MaxVersion
            ? RequireVersion<T>(version)
            : throw new MalformedDataException($"{typeof(T).Name} of version {version} is from the future");
    }

    private static short RequireVersion<T>(short version)
        where T : class, IMessage<T>, new() =>
        version >= T.MinVersion ? version : throw new MalformedDataException($"{typeof(T).Name} has no version {version}");

    private static T Decode<T>(Memory<byte> bytes, short version)
        where T : class, IMessage<T>, new()
    {
        var reader = new ProtocolReader(bytes[VersionLength..]);
        var message = new T();
        message.Read(ref reader, version);
        return message;
    }
}
