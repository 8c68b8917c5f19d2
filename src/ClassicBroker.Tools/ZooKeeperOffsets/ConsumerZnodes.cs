using System.Text;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Tools.ZooKeeperOffsets;

/// <summary>What the consumers of old keep under <c>/consumers</c>. Threading: used by one tool.</summary>
internal sealed class ConsumerZnodes(IZooKeeper zooKeeper) : IAsyncDisposable
{
    private const string Root = "/consumers";

    public static string OffsetsPath(string group) => $"{Root}/{group}/offsets";

    public static string OwnersPath(string group) => $"{Root}/{group}/owners";

    public Task<IReadOnlyList<string>> GroupsAsync() => ChildrenAsync(Root);

    /// <summary>Children sorted; none where there is no such znode.</summary>
    public async Task<IReadOnlyList<string>> ChildrenAsync(string path)
    {
        try
        {
            return [.. (await zooKeeper.GetChildrenAsync(path, watch: false)).Names.Order(StringComparer.Ordinal)];
        }
        catch (ZooKeeperException missing) when (missing.Code == ZooKeeperError.NoNode)
        {
            return [];
        }
    }

    /// <summary>The text of a znode; null where there is none.</summary>
    public async Task<string?> TextAsync(string path)
    {
        try
        {
            return Encoding.UTF8.GetString((await zooKeeper.GetDataAsync(path, watch: false)).Data);
        }
        catch (ZooKeeperException missing) when (missing.Code == ZooKeeperError.NoNode)
        {
            return null;
        }
    }

    /// <summary>Sets a znode, and makes it with its parents where there is none.</summary>
    public async Task SetAsync(string path, string text)
    {
        var data = Encoding.UTF8.GetBytes(text);
        try
        {
            await zooKeeper.SetDataAsync(path, data, ZnodeVersion.Any);
        }
        catch (ZooKeeperException missing) when (missing.Code == ZooKeeperError.NoNode)
        {
            for (var slash = path.IndexOf('/', 1); slash > 0; slash = path.IndexOf('/', slash + 1))
            {
                await CreateAsync(path[..slash], data: null);
            }

            await CreateAsync(path, data);
        }
    }

    public async ValueTask DisposeAsync() => await zooKeeper.CloseAsync();

    private async Task CreateAsync(string path, byte[]? data)
    {
        try
        {
            await zooKeeper.CreateAsync(path, data, ZnodeAcl.OpenAclUnsafe, CreateMode.Persistent);
        }
        catch (ZooKeeperException taken) when (taken.Code == ZooKeeperError.NodeExists && data is null)
        {
            // A parent that is there is as good.
        }
    }
}
