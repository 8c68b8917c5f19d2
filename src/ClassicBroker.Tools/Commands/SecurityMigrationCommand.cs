using ClassicBroker.Metadata;
using ClassicBroker.Metadata.Stores;
using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Tools.ZooKeeperAccess;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Tools.Commands;

/// <summary>
/// <c>zookeeper-security-migration.sh</c>: closes a cluster's znodes to strangers, or opens them to all, as a step to or from
/// <c>zookeeper.set.acl</c>. Unlike Kafka's it looks at the paths before it changes any ACL.
/// </summary>
internal sealed class SecurityMigrationCommand : ICommand
{
    private const string Root = "/";
    private const string IllegalArgument = "java.lang.IllegalArgumentException";

    private readonly SecurityOptions _options = new();

    public FailureForm Failures => FailureForm.Trace;

    public async Task<int> RunAsync(IReadOnlyList<string> args, ToolHost host)
    {
        _options.Parse(args);
        var tls = _options.TlsFile is { } file ? ZooKeeperTlsFile.Read(host, file) : null;
        RequireProof(host, tls);
        var isSecure = _options.IsSecure;
        await using var network = host.OpenNetwork();
        await using var store = await network.OpenStoreAsync(
            host, _options.Connect, MetadataVersions.Latest, tls, isSecure, _options.ConnectionTimeout);
        var znodes = store.Metadata.Znodes;
        if (!await HasAllRootsAsync(znodes, host.Out) && _options.ChecksPaths)
        {
            host.Out.WriteLine("Exit the command.");
            return 1;
        }

        await SetAsync(znodes, Root, host.Out);
        foreach (var root in SecuredZnodes.Roots)
        {
            await SetAllAsync(znodes, root, host.Out);
        }

        return 0;
    }

    /// <summary>Closing what one cannot open again would lock everyone out: something must prove who this is.</summary>
    private static void RequireProof(ToolHost host, ZooKeeperTlsFile? tls)
    {
        if (tls is { HasCertificate: true })
        {
            return;
        }

        if (!host.SystemProperties.TryGetValue(ZooKeeperLogin.FileProperty, out var file))
        {
            host.Error.WriteLine(
                "ERROR: No JAAS configuration file has been specified and no TLS client certificate has been specified. Please make sure that "
                + $"you set the system property {ZooKeeperLogin.FileProperty} or provide a ZooKeeper client TLS configuration via "
                + "--zk-tls-config-file <filename> identifying at least zookeeper.ssl.client.enable, zookeeper.clientCnxnSocket, and "
                + "zookeeper.ssl.keystore.location");
            throw new JavaFailure(IllegalArgument, "Incorrect configuration");
        }

        if (!ZooKeeperLogin.IsConfigured(host))
        {
            host.Out.WriteLine($"ERROR: Security isn't enabled, most likely the file isn't set properly: {file}");
            throw new JavaFailure(IllegalArgument, "Incorrect configuration");
        }
    }

    private static async Task<bool> HasAllRootsAsync(ZnodeClient znodes, TextWriter output)
    {
        var missing = new List<string>();
        foreach (var root in SecuredZnodes.Roots)
        {
            if (await znodes.ExistsAsync(root) is null)
            {
                missing.Add(root);
            }
        }

        if (missing.Count > 0)
        {
            output.WriteLine($"Warning: The following secure root paths do not exist in ZooKeeper: {string.Join(",", missing)}");
            output.WriteLine("That might be due to an incorrect chroot is specified when executing the command.");
        }

        return missing.Count == 0;
    }

    private static async Task SetAllAsync(ZnodeClient znodes, string path, TextWriter output)
    {
        if (!await SetAsync(znodes, path, output))
        {
            return;
        }

        foreach (var child in await znodes.GetChildrenAsync(path))
        {
            await SetAllAsync(znodes, $"{path}/{child}", output);
        }
    }

    /// <summary>False where there is no such znode, or not any more.</summary>
    private static async Task<bool> SetAsync(ZnodeClient znodes, string path, TextWriter output)
    {
        try
        {
            return await znodes.SetAclAsync(path);
        }
        catch (ZooKeeperException refused)
        {
            output.WriteLine($"Unexpected return code: {(int)refused.Code}");
            throw new JavaFailure(
                $"org.apache.zookeeper.KeeperException${refused.Code}Exception", $"KeeperErrorCode = {refused.Code} for {path}");
        }
    }
}
