namespace ClassicBroker.ZooKeeper.Jute;

/// <summary>Body of create, create2, createContainer and, with a time to live, createTTL.</summary>
public readonly record struct CreateRequest(string Path, byte[]? Data, ZnodeAcl[] Acl, int Flags, long TtlMs)
{
    public static CreateRequest Read(ref JuteReader reader, OpCode type) => new(
        reader.ReadString(),
        reader.ReadNullableBytes(),
        reader.ReadAcl(),
        reader.ReadInt(),
        type == OpCode.CreateTtl ? reader.ReadLong() : 0);
}
