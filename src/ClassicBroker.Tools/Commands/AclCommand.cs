using ClassicBroker.Metadata;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Tools.Acls;
using ClassicBroker.Tools.ZooKeeperAccess;

namespace ClassicBroker.Tools.Commands;

/// <summary><c>kafka-acls.sh</c>: lists, adds and removes ACLs, by brokers or in ZooKeeper itself.</summary>
internal sealed class AclCommand : ICommand
{
    /// <summary>The one authorizer whose lists are known.</summary>
    private const string Authorizer = "kafka.security.authorizer.AclAuthorizer";

    private readonly AclOptions _options = new();

    public FailureForm Failures => FailureForm.ExecutingAclCommand;

    public bool ReportsFacts => true;

    public async Task<int> RunAsync(IReadOnlyList<string> args, ToolHost host)
    {
        _options.Parse(args, host.Error);
        var acls = _options.IsAdd || _options.IsRemove ? _options.Acls() : [];
        host.Facts?.AddList(AclFacts.Acls);
        await using var network = host.OpenNetwork();
        await using var service = await OpenAsync(host, network);
        if (_options.IsAdd)
        {
            await AddAsync(acls, service, host);
        }
        else if (_options.IsRemove)
        {
            await RemoveAsync(acls, service, host);
        }
        else
        {
            await ListAsync(service, host);
        }

        return 0;
    }

    private async Task<IAclService> OpenAsync(ToolHost host, ToolNetwork network)
    {
        if (_options.BootstrapServer is { } servers)
        {
            return new BrokerAcls(await network.AdminAsync(host, servers, _options.CommandConfig));
        }

        if (_options.Authorizer is { } other and not Authorizer)
        {
            throw new JavaFailure("java.lang.ClassNotFoundException", other);
        }

        var properties = _options.AuthorizerProperties;
        var connect = properties.TryGetValue("zookeeper.connect", out var given)
            ? properties.GetValueOrDefault("authorizer.zookeeper.url", given)
            : throw new JavaFailure(
                "org.apache.kafka.common.config.ConfigException",
                "Missing required configuration \"zookeeper.connect\" which has no default value.");
        var tls = ZooKeeperTlsFile.OfAuthorizer(host, properties, _options.ZkTlsConfigFile);
        bool? isSecure = properties.TryGetValue("zookeeper.set.acl", out var acl)
            ? "true".Equals(acl, StringComparison.OrdinalIgnoreCase)
            : null;
        return new ZooKeeperAcls(await network.OpenStoreAsync(host, connect, MetadataVersions.Latest, tls, isSecure));
    }

    private static async Task AddAsync(
        List<(AclResource Resource, IReadOnlyList<AclEntry> Entries)> acls, IAclService service, ToolHost host)
    {
        var output = host.Out;
        foreach (var (resource, entries) in acls)
        {
            output.WriteLine($"Adding ACLs for resource `{AclText.Of(resource)}`: {AclText.Of(entries)}");
            if (await service.AddAsync(resource, entries) is { } failure)
            {
                output.WriteLine($"Error while adding ACLs: {failure.Message}");
                output.WriteLine(JavaException.Trace(failure));
                host.Facts?.Failure = failure;
                continue;
            }

            AclFacts.AddChanged(host.Facts, resource, entries, "added");
        }
    }

    private async Task RemoveAsync(
        List<(AclResource Resource, IReadOnlyList<AclEntry> Entries)> acls, IAclService service, ToolHost host)
    {
        using var answers = new StreamReader(host.Input, leaveOpen: true);
        foreach (var (resource, entries) in acls)
        {
            var question = entries.Count == 0
                ? $"Are you sure you want to delete all ACLs for resource filter `{AclText.Of(resource)}`? (y/n)"
                : $"Are you sure you want to remove ACLs: {AclText.Of(entries)} from resource filter `{AclText.Of(resource)}`? (y/n)";
            if (_options.IsForced || await IsConfirmedAsync(question, answers, host.Out))
            {
                var filter = new AclFilter { ResourceType = resource.Type, Name = resource.Name, Pattern = resource.Pattern };
                await service.RemoveAsync(entries.Count == 0 ? [filter] : [.. entries.Select(entry => filter with
                {
                    Principal = entry.Principal,
                    Host = entry.Host,
                    Operation = entry.Operation,
                    Permission = entry.Permission,
                })]);
                AclFacts.AddChanged(host.Facts, resource, entries, "removed");
            }
        }
    }

    private static async Task<bool> IsConfirmedAsync(string question, StreamReader answers, TextWriter output)
    {
        output.WriteLine(question);
        await output.FlushAsync(CancellationToken.None);
        return string.Equals(await answers.ReadLineAsync(CancellationToken.None), "y", StringComparison.OrdinalIgnoreCase);
    }

    private async Task ListAsync(IAclService service, ToolHost host)
    {
        var named = _options.Resources(required: false);
        AclFilter[] filters = named.Count == 0
            ? [new AclFilter()]
            :
            [
                .. named.Select(
                    resource => new AclFilter { ResourceType = resource.Type, Name = resource.Name, Pattern = resource.Pattern }),
            ];
        var found = new SortedDictionary<AclResource, SortedSet<AclEntry>>(AclResource.Order);
        foreach (var filter in filters)
        {
            foreach (var (resource, entry) in await service.FindAsync(filter))
            {
                if (!found.TryGetValue(resource, out var entries))
                {
                    found.Add(resource, entries = new(AclEntry.Order));
                }

                entries.Add(entry);
            }
        }

        if (_options.Principals is not { Count: > 0 } principals)
        {
            Print(found, _ => true, host);
            return;
        }

        foreach (var principal in principals)
        {
            host.Out.WriteLine($"ACLs for principal `{principal}`");
            Print(found, entry => entry.Principal == principal, host);
        }
    }

    private static void Print(
        SortedDictionary<AclResource, SortedSet<AclEntry>> lists, Func<AclEntry, bool> isShown, ToolHost host)
    {
        foreach (var (resource, entries) in lists)
        {
            AclEntry[] shown = [.. entries.Where(isShown)];
            if (shown.Length > 0)
            {
                if (host.Facts is not null)
                {
                    AclFacts.Add(host.Facts, resource, shown);
                    continue;
                }

                host.Out.WriteLine($"Current ACLs for resource `{AclText.Of(resource)}`: {AclText.Of(shown)}");
            }
        }
    }
}
