using ClassicBroker.Primitives;
using ClassicBroker.ZooKeeper.Jute;

namespace ClassicBroker.ZooKeeper.Client;

/// <summary>Reads the bodies of answers.</summary>
internal static class ReplyBodies
{
    public static bool Nothing(ref JuteReader body) => true;

    public static ZnodeStat Stat(ref JuteReader body) => body.ReadStat();

    public static ZnodeStat? StatWhereExists(ref JuteReader body) => body.ReadStat();

    public static ZnodeData Data(ref JuteReader body) => new(body.ReadNullableBytes(), body.ReadStat());

    public static ZnodeAccess Access(ref JuteReader body) => new(body.ReadAcl(), body.ReadStat());

    public static ZnodeChildren Children(ref JuteReader body)
    {
        var names = body.ReadStrings();
        Array.Sort(names, StringComparer.Ordinal);
        return new ZnodeChildren(names, body.ReadStat());
    }

    /// <summary>Results up to the end of the list, or of the answer.</summary>
    public static ZooKeeperMultiResult Multi(ref JuteReader body, Func<string, string> fromServer)
    {
        var results = new List<ZooKeeperOpResult>();
        for (var header = MultiHeader.Read(ref body); !header.Done; header = MultiHeader.Read(ref body))
        {
            results.Add(header.Type switch
            {
                OpCode.Create => new ZooKeeperOpResult(ZooKeeperError.None, fromServer(body.ReadString()), null),
                OpCode.Create2 or OpCode.CreateContainer =>
                    new ZooKeeperOpResult(ZooKeeperError.None, fromServer(body.ReadString()), body.ReadStat()),
                OpCode.SetData => new ZooKeeperOpResult(ZooKeeperError.None, null, body.ReadStat()),
                OpCode.Delete or OpCode.Check => new ZooKeeperOpResult(ZooKeeperError.None, null, null),
                OpCode.Error => new ZooKeeperOpResult((ZooKeeperError)body.ReadInt(), null, null),
                _ => throw new MalformedDataException($"result of type {(int)header.Type} in the answer to a multi"),
            });
        }

        return new ZooKeeperMultiResult(results);
    }
}
