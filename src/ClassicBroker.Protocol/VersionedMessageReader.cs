using ClassicBroker.Primitives;

namespace ClassicBroker.Protocol;

/// <summary>
/// Reads <see cref="VersionedMessage"/>s of one kind, one after the other, with nothing allocated for each: all of a version come in the
/// same object, and equal strings are one. Owned by who reads. Threading: one thread at a time.
/// </summary>
/// <typeparam name="T">A message without records, which would be slices of bytes that are overwritten.</typeparam>
/// <param name="names">Where its strings come from.</param>
public sealed class VersionedMessageReader<T>(NameTable names)
    where T : class, IMessage<T>, new()
{
    /// <summary>By version: fields that a version lacks keep their default.</summary>
    private readonly T?[] _messages = new T?[T.MaxVersion + 1];
    private byte[] _body = [];

    /// <summary>The message, valid until the next is read.</summary>
    /// <exception cref="MalformedDataException">The version is unknown, or the bytes are not such a message.</exception>
    public T Read(ReadOnlySpan<byte> bytes)
    {
        var version = VersionedMessage.PeekVersion<T>(bytes);
        var body = bytes[VersionedMessage.VersionLength..];
        if (_body.Length < body.Length)
        {
            _body = new byte[Math.Max(body.Length, 2 * _body.Length)];
        }

        body.CopyTo(_body);
        var reader = new ProtocolReader(_body.AsMemory(0, body.Length), names);
        var message = _messages[version] ??= new T();
        message.Read(ref reader, version);
        return message;
    }
}
