namespace ClassicBroker.Protocol;

/// <summary>
/// A message or a structure inside one. Objects are free of versions: the version is an argument of reading and writing. Fields that a
/// version lacks keep their defaults when read. Threading: a message belongs to its holder; it has no locks.
/// </summary>
public interface IMessage
{
    /// <summary>
    /// Bytes that <see cref="Write"/> will write, external record payloads not counted. Call it first: this is also the check that the
    /// version can carry what is set.
    /// </summary>
    /// <exception cref="UnsupportedVersionException">A field is set that the version lacks and must not lose.</exception>
    int Size(short version);

    void Write(ref ProtocolWriter writer, short version);

    /// <summary>Fills a fresh object.</summary>
    /// <exception cref="Primitives.MalformedDataException">The bytes are not such a message, or would allocate beyond the
    /// budget.</exception>
    void Read(ref ProtocolReader reader, short version);
}
