using System.Reflection;
using ClassicBroker.Client;

namespace ClassicBroker.TestHost.Tests.Admin;

/// <summary>
/// Every public method of the admin client against a broker: right input, wrong input, and the token that calls it off. A method that is
/// new fails here until it is in the table.
/// </summary>
public sealed class AdminClientTests(AdminBroker broker) : IClassFixture<AdminBroker>
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private static readonly SortedDictionary<string, AdminMethod> Methods =
        new(TopicMethods.All.Concat(ClusterMethods.All).Concat(GroupMethods.All).Concat(AccessMethods.All).ToDictionary(), StringComparer.Ordinal);

    public static TheoryData<string> EveryMethod() => [.. Methods.Keys];

    private static IEnumerable<MethodInfo> PublicMethods() => typeof(AdminClient)
        .GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
        .Where(method => method.Name != nameof(AdminClient.DisposeAsync));

    [Fact]
    public void Every_public_method_is_in_the_table_and_takes_a_token()
    {
        Assert.Equal(PublicMethods().Select(method => method.Name).Distinct().Order(StringComparer.Ordinal), Methods.Keys);
        Assert.All(PublicMethods(), method => Assert.Equal(typeof(CancellationToken), method.GetParameters()[^1].ParameterType));
    }

    [Theory]
    [MemberData(nameof(EveryMethod))]
    public Task Right_input_is_carried_out(string method) => Methods[method].Right(broker).WaitAsync(Patience);

    [Theory]
    [MemberData(nameof(EveryMethod))]
    public async Task Wrong_input_is_refused_where_it_is_wrong(string method)
    {
        if (Methods[method].Wrong is { } wrong)
        {
            await wrong(broker).WaitAsync(Patience);
        }
    }

    [Theory]
    [MemberData(nameof(EveryMethod))]
    public async Task A_token_calls_it_off_before_and_while_an_answer_is_waited_for(string method)
    {
        var before = new CancellationToken(canceled: true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Methods[method].Call(broker.Admin, before).WaitAsync(Patience));
        using var meanwhile = new CancellationTokenSource();
        var call = Methods[method].Call(broker.Unanswered, meanwhile.Token);
        Assert.False(call.IsCompleted);
        await meanwhile.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.WaitAsync(Patience));
    }
}
