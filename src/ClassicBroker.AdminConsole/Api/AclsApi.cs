using ClassicBroker.AdminConsole.Http;
using ClassicBroker.Primitives.Acls;

namespace ClassicBroker.AdminConsole.Api;

/// <summary>ACLs: listed, added, removed. Stateless.</summary>
internal static class AclsApi
{
    public static void AddTo(ConsoleRoutes routes)
    {
        routes.Get(
            "/api/acls", "A page of the ACLs; resource narrows to those that hold for a topic or group of that name", "search type resource page size",
            ConsoleJson.Default.PageOfAclRow, ListAsync);
        routes.Post("/api/acls", ConsoleRole.Admin, "Adds an ACL", ConsoleJson.Default.AclRow, async (call, row) =>
        {
            (await call.Cluster.Admin.CreateAclsAsync([Entry(row)]))[0].ThrowIfFailed();
            call.Audit("add ACL", Text(row));
        });
        routes.Post(
            "/api/acls/delete", ConsoleRole.Admin, "Removes an ACL; confirm is its principal", ConsoleJson.Default.AclDeletion,
            DeleteAsync);
    }

    private static async Task<PageOf<AclRow>> ListAsync(ConsoleCall call)
    {
        await call.Cluster.RequireAsync(Protocol.ApiKey.DescribeAcls);
        var filter = new AclFilter();
        if (call.Text("type") is { } type)
        {
            filter = filter with
            {
                ResourceType = AclNames.ResourceType(type)
                ?? throw ApiException.BadRequest($"There is no resource type {type}.")
            };
        }

        if (call.Text("resource") is { } resource)
        {
            filter = filter with { Name = resource, Pattern = AclPatternType.Match };
        }

        var search = call.Text("search");
        AclRow[] rows =
        [
            .. (await call.Cluster.Admin.DescribeAclsAsync(filter))
                .OrderBy(acl => acl.Entry.Principal, StringComparer.Ordinal)
                .ThenBy(acl => acl.Resource, AclResource.Order)
                .ThenBy(acl => acl.Entry, AclEntry.Order)
                .Select(acl => new AclRow(
                    acl.Entry.Principal,
                    AclNames.Upper(acl.Resource.Type),
                    acl.Resource.Name,
                    acl.Resource.Pattern.ToString().ToUpperInvariant(),
                    AclNames.Upper(acl.Entry.Operation),
                    acl.Entry.Permission.ToString().ToUpperInvariant(),
                    acl.Entry.Host))
                .Where(row => search is null || row.Principal.Contains(search, StringComparison.OrdinalIgnoreCase)
                    || row.Resource.Contains(search, StringComparison.OrdinalIgnoreCase)),
        ];
        return PageOf<AclRow>.Cut(rows, call.Page());
    }

    private static async Task DeleteAsync(ConsoleCall call, AclDeletion order)
    {
        ConsoleCall.RequireConfirmation(order.Confirm, order.Acl.Principal);
        var (resource, entry) = Entry(order.Acl);
        var deleted = await call.Cluster.Admin.DeleteAclsAsync(
        [
            new AclFilter
            {
                ResourceType = resource.Type,
                Name = resource.Name,
                Pattern = resource.Pattern,
                Principal = entry.Principal,
                Host = entry.Host,
                Operation = entry.Operation,
                Permission = entry.Permission,
            },
        ]);
        deleted[0].ThrowIfFailed();
        if (deleted[0].Acls.Count == 0)
        {
            throw ApiException.NotFound("There is no such ACL any more.");
        }

        call.Audit("remove ACL", Text(order.Acl));
    }

    private static (AclResource Resource, AclEntry Entry) Entry(AclRow row)
    {
        if (row.Principal is not { Length: > 0 } || !row.Principal.Contains(':') || row.Resource is not { Length: > 0 })
        {
            throw ApiException.BadRequest("An ACL needs a principal such as User:alice, and the name of a resource.");
        }

        var type = AclNames.ResourceType(row.ResourceType)
            ?? throw ApiException.BadRequest($"There is no resource type {row.ResourceType}.");
        var operation = AclNames.Operation(row.Operation) ?? throw ApiException.BadRequest($"There is no operation {row.Operation}.");
        var permission = AclNames.Permission(row.Permission) ?? throw ApiException.BadRequest("permission is ALLOW or DENY.");
        var pattern = row.Pattern.ToUpperInvariant() switch
        {
            "LITERAL" => AclPatternType.Literal,
            "PREFIXED" => AclPatternType.Prefixed,
            _ => throw ApiException.BadRequest("pattern is LITERAL or PREFIXED."),
        };
        return (new(type, row.Resource, pattern),
            new(row.Principal, permission, row.Host is { Length: > 0 } host ? host : AclEntry.WildcardHost, operation));
    }

    private static string Text(AclRow row) =>
        $"{row.Permission} {row.Principal} {row.Operation} on {row.ResourceType} {row.Pattern} {row.Resource} from {row.Host}";

    /// <summary>An ACL.</summary>
    internal sealed record AclRow(
        string Principal, string ResourceType, string Resource, string Pattern, string Operation, string Permission, string Host);

    /// <summary>An ACL to remove, and what the user typed to confirm that.</summary>
    internal sealed record AclDeletion(AclRow Acl, string? Confirm);
}
