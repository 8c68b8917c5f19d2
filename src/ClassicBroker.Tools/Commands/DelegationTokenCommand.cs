using System.Globalization;
using ClassicBroker.Client;
using ClassicBroker.Tools.Facts;
using ClassicBroker.Tools.Tokens;

namespace ClassicBroker.Tools.Commands;

/// <summary><c>kafka-delegation-tokens.sh</c>: makes, renews, ends and shows delegation tokens.</summary>
internal sealed class DelegationTokenCommand : ICommand
{
    private readonly TokenOptions _options = new();

    public FailureForm Failures => FailureForm.MessageAndTrace;

    public bool ReportsFacts => true;

    public async Task<int> RunAsync(IReadOnlyList<string> args, ToolHost host)
    {
        _options.Parse(args);
        await using var network = host.OpenNetwork();
        await using var admin = await network.AdminAsync(host, _options.BootstrapServer, _options.CommandConfig);
        try
        {
            await (_options.IsCreate ? CreateAsync(admin, host)
                : _options.IsRenew ? RenewAsync(admin, host)
                : _options.IsExpire ? ExpireAsync(admin, host)
                : DescribeAsync(admin, host));
        }
        catch (KafkaException failure)
        {
            throw JavaException.FromFuture(failure);
        }

        return 0;
    }

    private async Task CreateAsync(AdminClient admin, ToolHost host)
    {
        var (renewers, lifetimeMs) = (_options.Renewers, _options.MaxLifeTimePeriodMs);
        var owner = _options.Owners is [var first, ..] ? first : null;
        host.Out.WriteLine(
            $"Calling create token operation with renewers :{List(renewers)} , max-life-time-period :{Number(lifetimeMs)}");
        var token = await admin.CreateDelegationTokenAsync(renewers, lifetimeMs, owner);
        host.Out.WriteLine($"Created delegation token with tokenId : {token.Id}");
        Print([token], host);
    }

    private async Task RenewAsync(AdminClient admin, ToolHost host)
    {
        host.Out.WriteLine(
            $"Calling renew token operation with hmac :{_options.Hmac} , renew-time-period :{Number(_options.RenewTimePeriodMs)}");
        var expiresAtMs = await admin.RenewDelegationTokenAsync(HmacOf(_options.Hmac), _options.RenewTimePeriodMs);
        host.Facts?.Set("expiryTimestampMs", json => json.WriteNumberValue(expiresAtMs));
        host.Out.Write($"Completed renew operation. New expiry date : {Minute(expiresAtMs)}");
    }

    private async Task ExpireAsync(AdminClient admin, ToolHost host)
    {
        host.Out.WriteLine(
            $"Calling expire token operation with hmac :{_options.Hmac} , expire-time-period :{Number(_options.ExpiryTimePeriodMs)}");
        var expiresAtMs = await admin.ExpireDelegationTokenAsync(HmacOf(_options.Hmac), _options.ExpiryTimePeriodMs);
        host.Facts?.Set("expiryTimestampMs", json => json.WriteNumberValue(expiresAtMs));
        host.Out.Write($"Completed expire operation. New expiry date : {Minute(expiresAtMs)}");
    }

    private async Task DescribeAsync(AdminClient admin, ToolHost host)
    {
        var owners = _options.Owners;
        host.Out.WriteLine(owners is null
            ? "Calling describe token operation for current user."
            : $"Calling describe token operation for owners: {List(owners)}");
        var tokens = await admin.DescribeDelegationTokensAsync(owners);
        host.Out.WriteLine($"Total number of tokens : {Number(tokens.Count)}");
        Print(tokens, host);
    }

    private static void Print(IReadOnlyList<DelegationToken> tokens, ToolHost host)
    {
        if (host.Facts is not null)
        {
            AddFacts(tokens, host.Facts);
            return;
        }

        WriteRow("TOKENID", "HMAC", "OWNER", "REQUESTER", "RENEWERS", "ISSUEDATE", "EXPIRYDATE", "MAXDATE");
        foreach (var token in tokens)
        {
            WriteRow(
                token.Id,
                token.Password,
                token.Owner,
                token.Requester,
                List(token.Renewers),
                Minute(token.IssuedAtMs),
                Minute(token.ExpiresAtMs),
                Minute(token.MaxMs));
        }

        void WriteRow(string id, string hmac, string owner, string requester, string renewers, string issued, string expires, string max) =>
            host.Out.WriteLine(
                $"\n{id,-15} {hmac,-30} {owner,-15} {requester,-15} {renewers,-25} {issued,-15} {expires,-15} {max,-15}");
    }

    private static void AddFacts(IReadOnlyList<DelegationToken> tokens, FactDocument facts)
    {
        const string List = "tokens";
        facts.AddList(List);
        foreach (var token in tokens)
        {
            facts.Add(List, json =>
            {
                json.WriteString("tokenId", token.Id);
                json.WriteString("hmac", token.Password);
                json.WriteString("owner", token.Owner);
                json.WriteString("requester", token.Requester);
                json.WriteStrings("renewers", token.Renewers);
                json.WriteNumber("issueTimestampMs", token.IssuedAtMs);
                json.WriteNumber("expiryTimestampMs", token.ExpiresAtMs);
                json.WriteNumber("maxTimestampMs", token.MaxMs);
            });
        }
    }

    private static byte[] HmacOf(string text)
    {
        try
        {
            return Convert.FromBase64String(text);
        }
        catch (FormatException)
        {
            throw new ToolException($"The value of --hmac is not base64: {text}");
        }
    }

    private static string List(IEnumerable<string> principals) => $"[{string.Join(", ", principals)}]";

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>In the machine's time zone, as Java shows it; a time beyond the calendar is its last minute.</summary>
    private static string Minute(long unixMs)
    {
        var last = DateTimeOffset.MaxValue.AddDays(-1);
        var moment = unixMs > last.ToUnixTimeMilliseconds() ? last : DateTimeOffset.FromUnixTimeMilliseconds(Math.Max(0, unixMs));
        return TimeZoneInfo.ConvertTime(moment, TimeZoneInfo.Local).ToString("yyyy-MM-dd'T'HH:mm", CultureInfo.InvariantCulture);
    }
}
