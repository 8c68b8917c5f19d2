using System.Text;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Tools.ZooKeeperShell;

/// <summary>The commands of ZooKeeper's shell that speak to the ensemble, one method each. Used by one shell.</summary>
internal sealed class ShellCommands(IZooKeeper zooKeeper, ToolHost host, TimeZoneInfo zone)
{
    private readonly TextWriter _output = host.Out;

    /// <summary>Runs a command by its name; false where there is none of that name.</summary>
    /// <exception cref="ShellException">The words do not fit the command.</exception>
    /// <exception cref="ZooKeeperException">The ensemble refused.</exception>
    public async Task<bool> RunAsync(string name, IReadOnlyList<string> arguments)
    {
        var run = name switch
        {
            "ls" => ListAsync(new("ls [-s] [-w] [-R] path", "swR", arguments, 1)),
            "ls2" => ListAsync(new("ls2 path [watch]", "s", [.. arguments, "-s"], 1)),
            "get" => GetAsync(new("get [-s] [-w] path", "sw", arguments, 1)),
            "set" => SetAsync(new("set [-s] [-v version] path data", "sv:", arguments, 2)),
            "create" => CreateAsync(new("create [-s] [-e] [-c] [-t ttl] path [data] [acl]", "sect:", arguments, 1)),
            "delete" => DeleteAsync(new("delete [-v version] path", "v:", arguments, 1)),
            "deleteall" or "rmr" => DeleteTreeAsync(new ShellArguments("deleteall path [-b batch size]", "b:", arguments, 1).Path),
            "stat" => StatAsync(new("stat [-w] path", "w", arguments, 1)),
            "getAcl" => GetAclAsync(new("getAcl [-s] path", "s", arguments, 1)),
            "setAcl" => SetAclAsync(new("setAcl [-s] [-v version] [-R] path acl", "sv:R", arguments, 2)),
            "sync" => SyncAsync(new("sync path", "", arguments, 1)),
            "addauth" => AddAuthAsync(new("addauth scheme auth", "", arguments, 1)),
            "getEphemerals" => EphemeralsAsync(arguments.Count > 0 ? arguments[0] : "/"),
            "getAllChildrenNumber" => CountAsync(new ShellArguments("getAllChildrenNumber path", "", arguments, 1).Path),
            _ => null,
        };
        if (run is null)
        {
            return false;
        }

        await run;
        return true;
    }

    private async Task ListAsync(ShellArguments arguments)
    {
        if (arguments.Has('R'))
        {
            await ListTreeAsync(arguments.Path);
            return;
        }

        var children = await zooKeeper.GetChildrenAsync(arguments.Path, arguments.Has('w'));
        _output.WriteLine($"[{string.Join(", ", children.Names)}]");
        WriteStat(arguments, children.Stat);
    }

    /// <summary>A znode and all below it level by level, as ZooKeeper's shell lists them.</summary>
    private async Task ListTreeAsync(string root)
    {
        var pending = new Queue<string>([root]);
        while (pending.TryDequeue(out var path))
        {
            ZnodeChildren children;
            try
            {
                children = await zooKeeper.GetChildrenAsync(path, watch: false);
            }
            catch (ZooKeeperException gone) when (gone.Code == ZooKeeperError.NoNode && path != root)
            {
                continue;
            }

            _output.WriteLine(path);
            foreach (var name in children.Names.Order(StringComparer.Ordinal))
            {
                pending.Enqueue(path == "/" ? $"/{name}" : $"{path}/{name}");
            }
        }
    }

    private async Task GetAsync(ShellArguments arguments)
    {
        var znode = await zooKeeper.GetDataAsync(arguments.Path, arguments.Has('w'));
        _output.WriteLine(znode.Stored is { } data ? Encoding.UTF8.GetString(data) : "null");
        WriteStat(arguments, znode.Stat);
    }

    private async Task SetAsync(ShellArguments arguments)
    {
        var version = arguments.Number('v', ZnodeVersion.Any);
        var stat = await zooKeeper.SetDataAsync(arguments.Path, Encoding.UTF8.GetBytes(arguments.Words[1]), version);
        WriteStat(arguments, stat);
    }

    private async Task CreateAsync(ShellArguments arguments)
    {
        if (arguments.Has('t'))
        {
            throw new ShellException("Znodes with a time to live cannot be created by this shell");
        }

        var mode = (arguments.Has('e'), arguments.Has('s'), arguments.Has('c')) switch
        {
            (false, false, true) => CreateMode.Container,
            (_, _, true) => throw new ShellException("-c cannot be combined with -s or -e. Containers cannot be ephemeral or sequential."),
            (true, true, _) => CreateMode.EphemeralSequential,
            (true, false, _) => CreateMode.Ephemeral,
            (false, true, _) => CreateMode.PersistentSequential,
            _ => CreateMode.Persistent,
        };
        var data = arguments.Words.Count > 1 ? Encoding.UTF8.GetBytes(arguments.Words[1]) : (ReadOnlyMemory<byte>?)null;
        var acl = arguments.Words.Count > 2 ? ShellText.ParseAcl(arguments.Words[2]) : ZnodeAcl.OpenAclUnsafe;
        var created = await zooKeeper.CreateAsync(arguments.Path, data, acl, mode);
        host.Error.WriteLine($"Created {created.Path}");
    }

    private Task DeleteAsync(ShellArguments arguments) =>
        zooKeeper.DeleteAsync(arguments.Path, arguments.Number('v', ZnodeVersion.Any));

    /// <summary>Deletes children before their parents. What someone else deletes meanwhile is not missed.</summary>
    private async Task DeleteTreeAsync(string root)
    {
        List<string> paths = [];
        await foreach (var (path, _) in WalkAsync(root))
        {
            paths.Add(path);
        }

        paths.Reverse();
        foreach (var path in paths)
        {
            try
            {
                await zooKeeper.DeleteAsync(path, ZnodeVersion.Any);
            }
            catch (ZooKeeperException gone) when (gone.Code == ZooKeeperError.NoNode && path != root)
            {
                continue;
            }
        }
    }

    private async Task StatAsync(ShellArguments arguments)
    {
        var stat = await zooKeeper.ExistsAsync(arguments.Path, arguments.Has('w'))
            ?? throw new ZooKeeperException(ZooKeeperError.NoNode, arguments.Path);
        ShellText.WriteStat(_output, stat, zone);
    }

    private async Task GetAclAsync(ShellArguments arguments)
    {
        var access = await zooKeeper.GetAclAsync(arguments.Path);
        ShellText.WriteAcl(_output, access.Acl);
        WriteStat(arguments, access.Stat);
    }

    private async Task SetAclAsync(ShellArguments arguments)
    {
        var acl = ShellText.ParseAcl(arguments.Words[1]);
        if (!arguments.Has('R'))
        {
            WriteStat(arguments, await zooKeeper.SetAclAsync(arguments.Path, acl, arguments.Number('v', ZnodeVersion.Any)));
            return;
        }

        await foreach (var (path, _) in WalkAsync(arguments.Path))
        {
            await zooKeeper.SetAclAsync(path, acl, ZnodeVersion.Any);
        }
    }

    private async Task SyncAsync(ShellArguments arguments)
    {
        await zooKeeper.SyncAsync(arguments.Path);
        _output.WriteLine("Sync is OK");
    }

    private Task AddAuthAsync(ShellArguments arguments) =>
        zooKeeper.AddAuthAsync(
            arguments.Words[0], arguments.Words.Count > 1 ? Encoding.UTF8.GetBytes(arguments.Words[1]) : []);

    private async Task EphemeralsAsync(string prefix)
    {
        List<string> own = [];
        await foreach (var (path, stat) in WalkAsync("/"))
        {
            if (stat.EphemeralOwner == zooKeeper.SessionId && path.StartsWith(prefix, StringComparison.Ordinal))
            {
                own.Add(path);
            }
        }

        _output.WriteLine($"[{string.Join(", ", own)}]");
    }

    private async Task CountAsync(string root)
    {
        var count = -1;
        await foreach (var _ in WalkAsync(root))
        {
            count++;
        }

        _output.WriteLine(count);
    }

    /// <summary>A znode and all below it, parents first. Those that go meanwhile are left out.</summary>
    private async IAsyncEnumerable<(string Path, ZnodeStat Stat)> WalkAsync(string root)
    {
        var pending = new Stack<string>([root]);
        while (pending.TryPop(out var path))
        {
            ZnodeChildren children;
            try
            {
                children = await zooKeeper.GetChildrenAsync(path, watch: false);
            }
            catch (ZooKeeperException gone) when (gone.Code == ZooKeeperError.NoNode && path != root)
            {
                continue;
            }

            yield return (path, children.Stat);
            foreach (var name in children.Names.Reverse())
            {
                pending.Push(path == "/" ? $"/{name}" : $"{path}/{name}");
            }
        }
    }

    private void WriteStat(ShellArguments arguments, in ZnodeStat stat)
    {
        if (arguments.Has('s'))
        {
            ShellText.WriteStat(_output, stat, zone);
        }
    }
}
