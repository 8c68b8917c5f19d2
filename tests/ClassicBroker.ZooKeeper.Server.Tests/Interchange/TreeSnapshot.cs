using System.Text;
using ClassicBroker.ZooKeeper.Jute;

namespace ClassicBroker.ZooKeeper.Server.Tests.Interchange;

/// <summary>Everything a client can see of a tree, as lines to compare.</summary>
internal static class TreeSnapshot
{
    public static async Task<IReadOnlyList<string>> TakeAsync(IZooKeeper zooKeeper)
    {
        var lines = new List<string>();
        var open = new Stack<string>(["/"]);
        while (open.TryPop(out var path))
        {
            var data = await zooKeeper.GetDataAsync(path, watch: false);
            var access = await zooKeeper.GetAclAsync(path);
            lines.Add($"{path} {Encoding.UTF8.GetString(data.Data)} {data.Stat} {string.Join(',', access.Acl)}");
            foreach (var name in (await zooKeeper.GetChildrenAsync(path, watch: false)).Names)
            {
                open.Push(ZnodePath.Child(path, name));
            }
        }

        lines.Sort(StringComparer.Ordinal);
        return lines;
    }
}
