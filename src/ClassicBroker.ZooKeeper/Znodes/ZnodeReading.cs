using System.Text.Json;

namespace ClassicBroker.ZooKeeper;

/// <summary>
/// A znode as those who only look at it read it: data, stat, children and access, each as of its own moment. Written and read as JSON
/// between processes. Immutable; the array belongs to the receiver.
/// </summary>
/// <param name="Data">Its data and stat.</param>
/// <param name="Children">The names of its children.</param>
/// <param name="Acl">Who may do what.</param>
/// <param name="SessionId">The session it was read by.</param>
public sealed record ZnodeReading(ZnodeData Data, IReadOnlyList<string> Children, IReadOnlyList<ZnodeAcl> Acl, long SessionId)
{
    /// <exception cref="ZooKeeperException">It cannot be read.</exception>
    public static async Task<ZnodeReading> ReadAsync(IZooKeeper zooKeeper, string path) => new(
        await zooKeeper.GetDataAsync(path, watch: false),
        (await zooKeeper.GetChildrenAsync(path, watch: false)).Names,
        (await zooKeeper.GetAclAsync(path)).Acl,
        zooKeeper.SessionId);

    /// <summary>As <see cref="From"/> reads it.</summary>
    public void WriteTo(Utf8JsonWriter json)
    {
        var stat = Data.Stat;
        json.WriteStartObject();
        if (Data.Stored is { } stored)
        {
            json.WriteBase64String("data", stored);
        }

        json.WriteNumber("session", SessionId);
        json.WriteStartArray("stat");
        foreach (var number in (ReadOnlySpan<long>)
            [
                stat.Czxid, stat.Mzxid, stat.CtimeMs, stat.MtimeMs, stat.Version, stat.Cversion, stat.Aversion, stat.EphemeralOwner,
                stat.DataLength, stat.ChildCount, stat.Pzxid,
            ])
        {
            json.WriteNumberValue(number);
        }

        json.WriteEndArray();
        json.WriteStartArray("children");
        foreach (var name in Children)
        {
            json.WriteStringValue(name);
        }

        json.WriteEndArray();
        json.WriteStartArray("acl");
        foreach (var entry in Acl)
        {
            json.WriteStartArray();
            json.WriteNumberValue((int)entry.Permissions);
            json.WriteStringValue(entry.Scheme);
            json.WriteStringValue(entry.Id);
            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Reads what <see cref="WriteTo"/> wrote.</summary>
    public static ZnodeReading From(JsonElement json)
    {
        var stat = json.GetProperty("stat").EnumerateArray().Select(number => number.GetInt64()).ToArray();
        return new(
            new(
                json.TryGetProperty("data", out var data) ? data.GetBytesFromBase64() : null,
                new(
                    stat[0], stat[1], stat[2], stat[3], (int)stat[4], (int)stat[5], (int)stat[6], stat[7], (int)stat[8], (int)stat[9],
                    stat[10])),
            [.. json.GetProperty("children").EnumerateArray().Select(name => name.GetString()!)],
            [
                .. json.GetProperty("acl").EnumerateArray()
                    .Select(entry => new ZnodeAcl((ZnodePermissions)entry[0].GetInt32(), entry[1].GetString()!, entry[2].GetString()!)),
            ],
            json.GetProperty("session").GetInt64());
    }
}
