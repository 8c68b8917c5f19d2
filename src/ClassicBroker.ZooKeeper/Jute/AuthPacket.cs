namespace ClassicBroker.ZooKeeper.Jute;

/// <summary>Body of auth: an identity to add to the connection.</summary>
public readonly record struct AuthPacket(string Scheme, byte[] Credentials)
{
    public void Write(JuteWriter writer)
    {
        writer.WriteInt(0);
        writer.WriteString(Scheme);
        writer.WriteBuffer(Credentials);
    }

    public static AuthPacket Read(ref JuteReader reader)
    {
        reader.ReadInt();
        return new AuthPacket(reader.ReadString(), reader.ReadBuffer().ToArray());
    }
}
