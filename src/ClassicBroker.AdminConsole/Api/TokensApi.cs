using ClassicBroker.AdminConsole.Http;
using ClassicBroker.Protocol;

namespace ClassicBroker.AdminConsole.Api;

/// <summary>Delegation tokens. Their secrets are shown once, to the user who makes one. Stateless.</summary>
internal static class TokensApi
{
    public static void AddTo(ConsoleRoutes routes)
    {
        routes.Get("/api/tokens", "The delegation tokens, without their secrets", "", ConsoleJson.Default.TokenList, ListAsync);
        routes.Post(
            "/api/tokens", ConsoleRole.Admin, "Makes a token; its secret is in this answer only", ConsoleJson.Default.TokenOrder,
            ConsoleJson.Default.NewToken, CreateAsync);
        routes.Post("/api/tokens/expire", ConsoleRole.Admin, "Ends a token; confirm is its id", ConsoleJson.Default.TokenEnd, ExpireAsync);
    }

    private static async Task<TokenList> ListAsync(ConsoleCall call)
    {
        await call.Cluster.RequireAsync(ApiKey.DescribeDelegationToken);
        var tokens = await call.Cluster.Admin.DescribeDelegationTokensAsync();
        return new([.. tokens.OrderBy(token => token.IssuedAtMs).Select(token => new TokenRow(
            token.Id, token.Owner, token.Requester, token.Renewers, token.IssuedAtMs, token.ExpiresAtMs, token.MaxMs))]);
    }

    private static async Task<NewToken> CreateAsync(ConsoleCall call, TokenOrder order)
    {
        await call.Cluster.RequireAsync(ApiKey.CreateDelegationToken);
        var token = await call.Cluster.Admin.CreateDelegationTokenAsync(
            order.Renewers ?? [], order.LifetimeMs ?? -1, order.Owner is { Length: > 0 } owner ? owner : null);
        call.Audit("create token", $"{token.Id} of {token.Owner}");
        return new(token.Id, token.Password, token.Owner, token.ExpiresAtMs);
    }

    private static async Task ExpireAsync(ConsoleCall call, TokenEnd order)
    {
        ConsoleCall.RequireConfirmation(order.Confirm, order.Id);
        var token = (await call.Cluster.Admin.DescribeDelegationTokensAsync()).FirstOrDefault(each => each.Id == order.Id)
            ?? throw ApiException.NotFound($"There is no token {order.Id}.");
        await call.Cluster.Admin.ExpireDelegationTokenAsync(token.Hmac);
        call.Audit("end token", $"{token.Id} of {token.Owner}");
    }

    /// <summary>All tokens.</summary>
    internal sealed record TokenList(IReadOnlyList<TokenRow> Tokens);

    /// <summary>A token without its secret.</summary>
    internal sealed record TokenRow(
        string Id, string Owner, string Requester, IReadOnlyList<string> Renewers, long IssuedAtMs, long ExpiresAtMs, long MaxMs);

    /// <summary>A token to make. Its owner is the console's own principal where none is named.</summary>
    internal sealed record TokenOrder(string? Owner, IReadOnlyList<string>? Renewers, long? LifetimeMs);

    /// <summary>A token with its secret.</summary>
    internal sealed record NewToken(string Id, string Secret, string Owner, long ExpiresAtMs)
    {
        /// <summary>The id alone.</summary>
        public override string ToString() => Id;
    }

    /// <summary>A token to end, and what the user typed to confirm that.</summary>
    internal sealed record TokenEnd(string Id, string? Confirm);
}
