using System.Collections;
using System.Text.Json.Serialization.Metadata;

namespace ClassicBroker.AdminConsole.Http;

/// <summary>
/// Finds what an order lacks: the JSON reader leaves out what is not there, also where the order cannot be without it. Stateless.
/// </summary>
internal static class OrderCheck
{
    /// <exception cref="ApiException">A member that cannot be null is; the message names it.</exception>
    public static void RequireWhole(object order, JsonTypeInfo form)
    {
        foreach (var member in form.Properties)
        {
            if (member.PropertyType.IsValueType || member.Get is not { } get)
            {
                continue;
            }

            switch (get(order))
            {
                case null when !member.IsGetNullable:
                    throw ApiException.BadRequest($"{member.Name} is missing.");
                case IEnumerable items and not string:
                    foreach (var item in items)
                    {
                        RequireItem(item, form, member.Name);
                    }

                    break;
                case { } inner and not string when form.Options.TryGetTypeInfo(inner.GetType(), out var innerForm):
                    RequireWhole(inner, innerForm);
                    break;
                default:
                    break;
            }
        }
    }

    private static void RequireItem(object? item, JsonTypeInfo form, string list)
    {
        if (item is null)
        {
            throw ApiException.BadRequest($"{list} holds a null.");
        }

        if (!item.GetType().IsValueType && item is not string && form.Options.TryGetTypeInfo(item.GetType(), out var itemForm))
        {
            RequireWhole(item, itemForm);
        }
    }
}
