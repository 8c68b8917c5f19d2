namespace ClassicBroker.ZooKeeper.Jute;

/// <summary>The answer to a <see cref="ConnectRequest"/>; a timeout of 0 says that the session asked for has expired.</summary>
/// <param name="TimeoutMs">Session timeout as negotiated.</param>
/// <param name="SessionId">Of the new or continued session.</param>
/// <param name="Password">What a later connection must show to continue the session.</param>
/// <param name="ReadOnly">Null where the peer is older than 3.4 and does not know the field.</param>
public readonly record struct ConnectResponse(int TimeoutMs, long SessionId, byte[] Password, bool? ReadOnly)
{
    /// <summary>Bytes of a session password.</summary>
    public const int PasswordSize = 16;

    public void Write(JuteWriter writer)
    {
        writer.WriteInt(0);
        writer.WriteInt(TimeoutMs);
        writer.WriteLong(SessionId);
        writer.WriteBuffer(Password);
        if (ReadOnly is { } readOnly)
        {
            writer.WriteBool(readOnly);
        }
    }

    public static ConnectResponse Read(ref JuteReader reader)
    {
        reader.ReadInt();
        return new ConnectResponse(
            reader.ReadInt(),
            reader.ReadLong(),
            reader.ReadBuffer().ToArray(),
            reader.Remaining > 0 ? reader.ReadBool() : null);
    }
}
