using ClassicBroker.AdminConsole.Http;
using ClassicBroker.Client;
using ClassicBroker.Protocol;

namespace ClassicBroker.AdminConsole.Api;

/// <summary>Users that log in by SCRAM. Stateless.</summary>
internal static class UsersApi
{
    private const int IterationsMax = 16_384;
    private const int PasswordLengthMin = 8;

    public static void AddTo(ConsoleRoutes routes)
    {
        routes.Get("/api/users", "A page of the users with SCRAM credentials", "search page size", ConsoleJson.Default.PageOfUserRow,
            ListAsync);
        routes.Post("/api/users", ConsoleRole.Admin, "Sets a user's credential", ConsoleJson.Default.UserOrder, SetAsync);
        routes.Post("/api/users/delete", ConsoleRole.Admin, "Deletes a user's credentials; confirm is the name",
            ConsoleJson.Default.UserDeletion, DeleteAsync);
    }

    private static async Task<PageOf<UserRow>> ListAsync(ConsoleCall call)
    {
        await call.Cluster.RequireAsync(ApiKey.DescribeUserScramCredentials);
        var search = call.Text("search");
        return PageOf<UserRow>.Cut(
            [
                .. (await call.Cluster.Admin.DescribeScramUsersAsync())
                    .Where(user => search is null || user.Name.Contains(search, StringComparison.OrdinalIgnoreCase))
                    .OrderBy(user => user.Name, StringComparer.Ordinal)
                    .Select(user => new UserRow(
                        user.Name, [.. user.Iterations.Select(each => new CredentialRow(NameOf(each.Key), each.Value))],
                        user.Failure?.Message)),
            ],
            call.Page());
    }

    private static async Task SetAsync(ConsoleCall call, UserOrder order)
    {
        await call.Cluster.RequireAsync(ApiKey.AlterUserScramCredentials);
        if (order.Name is not { Length: > 0 } name || order.Password is not { Length: >= PasswordLengthMin } password)
        {
            throw ApiException.BadRequest($"A user needs a name, and a password of at least {PasswordLengthMin} characters.");
        }

        var iterations = order.Iterations ?? ScramChange.IterationsMin;
        if (iterations is < ScramChange.IterationsMin or > IterationsMax)
        {
            throw ApiException.BadRequest($"Iterations are from {ScramChange.IterationsMin} to {IterationsMax}.");
        }

        var mechanism = Mechanism(order.Mechanism);
        await call.Cluster.Admin.AlterScramUserAsync(name, [new ScramChange(mechanism, password, iterations)]);
        call.Audit("set credential", $"{name} {NameOf(mechanism)}");
    }

    private static async Task DeleteAsync(ConsoleCall call, UserDeletion order)
    {
        ConsoleCall.RequireConfirmation(order.Confirm, order.Name);
        await call.Cluster.RequireAsync(ApiKey.AlterUserScramCredentials);
        if (await call.Cluster.Admin.DescribeScramUsersAsync([order.Name]) is not [var known, ..])
        {
            throw ApiException.NotFound($"There is no user {order.Name}.");
        }

        await call.Cluster.Admin.AlterScramUserAsync(order.Name, [.. known.Iterations.Select(each => new ScramChange(each.Key, null, 0))]);
        call.Audit("delete user", order.Name);
    }

    private static ScramMechanism Mechanism(string? name) => name switch
    {
        null or "" or "SCRAM-SHA-512" => ScramMechanism.Sha512,
        "SCRAM-SHA-256" => ScramMechanism.Sha256,
        _ => throw ApiException.BadRequest("mechanism is SCRAM-SHA-512 or SCRAM-SHA-256."),
    };

    private static string NameOf(ScramMechanism mechanism) => mechanism == ScramMechanism.Sha512 ? "SCRAM-SHA-512" : "SCRAM-SHA-256";

    /// <summary>A user.</summary>
    internal sealed record UserRow(string Name, IReadOnlyList<CredentialRow> Credentials, string? Failure);

    /// <summary>A credential, of which only the strength is known.</summary>
    internal sealed record CredentialRow(string Mechanism, int Iterations);

    /// <summary>A credential to set.</summary>
    internal sealed record UserOrder(string? Name, string? Mechanism, string? Password, int? Iterations)
    {
        /// <summary>The name alone.</summary>
        public override string ToString() => $"{Name}";
    }

    /// <summary>A user to delete, and what was typed to confirm that.</summary>
    internal sealed record UserDeletion(string Name, string? Confirm);
}
