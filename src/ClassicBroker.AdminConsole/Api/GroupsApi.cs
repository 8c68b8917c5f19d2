using ClassicBroker.AdminConsole.Clusters;
using ClassicBroker.AdminConsole.Http;
using ClassicBroker.AdminConsole.Sampling;
using ClassicBroker.Client;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;

namespace ClassicBroker.AdminConsole.Api;

/// <summary>Consumer groups: listed, described with lag, deleted. Stateless.</summary>
internal static class GroupsApi
{
    public static void AddTo(ConsoleRoutes routes)
    {
        routes.Get(
            "/api/groups", "A page of the groups; sort is id, state or lag, of which lag is that of the last sample", "search state sort desc page size",
            ConsoleJson.Default.PageOfGroupRow, ListAsync);
        routes.Get("/api/group", "A group with members, offsets and lag", "id", ConsoleJson.Default.GroupView, ShowAsync);
        routes.Get("/api/group/lag", "The lag of a group over the last hour, while it was looked at", "id", ConsoleJson.Default.Series, LagAsync);
        routes.Post("/api/group/delete", ConsoleRole.Admin, "Deletes a group; confirm is its id", ConsoleJson.Default.GroupDeletion,
            DeleteAsync);
    }

    private static async Task<PageOf<GroupRow>> ListAsync(ConsoleCall call)
    {
        await call.Cluster.RequireAsync(ApiKey.ListGroups);
        var sampler = call.Services.Sampler;
        var (search, state) = (call.Text("search"), call.Text("state"));
        var found = (await call.Cluster.GroupsAsync()).ThrowIfFailed().Where(group =>
            (search is null || group.GroupId.Contains(search, StringComparison.OrdinalIgnoreCase))
            && (state is null || string.Equals(group.State, state, StringComparison.OrdinalIgnoreCase)));
        var sorted = call.Text("sort") switch
        {
            "state" => found.OrderBy(group => group.State, StringComparer.Ordinal),
            "lag" => found.OrderBy(group => sampler.LagOf(group.GroupId) ?? -1),
            _ => found.OrderBy(group => group.GroupId, StringComparer.Ordinal),
        };
        GroupListing[] ordered = [.. sorted.ThenBy(group => group.GroupId, StringComparer.Ordinal)];
        if (call.Flag("desc"))
        {
            Array.Reverse(ordered);
        }

        var page = PageOf<GroupListing>.Cut(ordered, call.Page());
        sampler.Watch(page.Rows.Select(group => group.GroupId));
        return new(page.Total, page.Page, page.Size, [.. page.Rows.Select(group => new GroupRow(
            group.GroupId, group.State, group.ProtocolType, group.Type, sampler.LagOf(group.GroupId)))]);
    }

    private static async Task<GroupView> ShowAsync(ConsoleCall call)
    {
        var id = call.Required("id");
        await call.Cluster.RequireAsync(ApiKey.DescribeGroups);
        var group = await call.Cluster.Admin.DescribeGroupAsync(id);
        if (group.Failure is { } failure)
        {
            throw failure;
        }

        var lag = await GroupLag.ReadAsync(call.Cluster, id);
        if (group.State == "Dead" && lag.Offsets.Count == 0)
        {
            throw ApiException.NotFound($"There is no group {id}.");
        }

        call.Services.Sampler.Watch([id]);
        var owners = new Dictionary<TopicPartition, GroupMember>();
        foreach (var member in group.Members)
        {
            foreach (var partition in member.Assigned)
            {
                owners[partition] = member;
            }
        }

        return new GroupView
        {
            GroupId = id,
            State = group.State,
            Assignor = group.Protocol.Length > 0 ? group.Protocol : null,
            Coordinator = group.Coordinator.Id,
            Members = [.. group.Members.Select(member => new MemberRow(
                member.MemberId, member.InstanceId, member.ClientId, member.Host, member.Assigned.Count))],
            Offsets = [.. lag.Offsets.Keys.Union(owners.Keys).Order()
                .Select(partition => Row(partition, lag, owners.GetValueOrDefault(partition)))],
            TotalLag = lag.Total,
        };
    }

    private static OffsetRow Row(TopicPartition partition, GroupLag lag, GroupMember? owner) => new(
        partition.Topic,
        partition.Partition,
        lag.Offsets.TryGetValue(partition, out var offset) ? offset.Offset : null,
        lag.Ends.TryGetValue(partition, out var end) ? end : null,
        lag.Of(partition),
        owner?.ClientId,
        owner?.Host,
        offset.Metadata is { Length: > 0 } metadata ? metadata : null);

    private static Task<Series> LagAsync(ConsoleCall call)
    {
        var id = call.Required("id");
        call.Services.Sampler.Watch([id]);
        return Task.FromResult(call.Services.Sampler.LagSeriesOf(id));
    }

    private static async Task DeleteAsync(ConsoleCall call, GroupDeletion order)
    {
        ConsoleCall.RequireConfirmation(order.Confirm, order.GroupId);
        await call.Cluster.RequireAsync(ApiKey.DeleteGroups);
        (await call.Cluster.Admin.DeleteGroupAsync(order.GroupId)).ThrowIfFailed();
        call.Cluster.Forget();
        call.Audit("delete group", order.GroupId);
    }

    /// <summary>A group in the list. Its lag is null until it was sampled.</summary>
    internal sealed record GroupRow(string GroupId, string State, string ProtocolType, string Type, long? Lag);

    /// <summary>A group in full.</summary>
    internal sealed record GroupView
    {
        public required string GroupId { get; init; }

        public required string State { get; init; }

        public string? Assignor { get; init; }

        public int Coordinator { get; init; }

        public required IReadOnlyList<MemberRow> Members { get; init; }

        public required IReadOnlyList<OffsetRow> Offsets { get; init; }

        public long TotalLag { get; init; }
    }

    /// <summary>A member of a group.</summary>
    internal sealed record MemberRow(string MemberId, string? InstanceId, string ClientId, string Host, int Partitions);

    /// <summary>A partition that a group reads. What is not known is null.</summary>
    internal sealed record OffsetRow(
        string Topic, int Partition, long? Offset, long? End, long? Lag, string? ClientId, string? Host, string? Metadata);

    /// <summary>A group to delete, and what the user typed to confirm that.</summary>
    internal sealed record GroupDeletion(string GroupId, string? Confirm);
}
