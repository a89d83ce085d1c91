// Schema version 2: functions that queries call, for what PostgreSQL has not or refuses.

/**
 * PostgreSQL refuses numbers beyond doubles and those too small for one, where the language says nothing, or 0. So what may leave the range is
 * calculated in functions, which look for that only where a number is large or small enough. Those that catch an error begin a subtransaction, which
 * no parallel worker may. None has a `search_path` of its own, which would slow down each call: connections of the hub have that of its schema.
 *
 * `query_exp` goes the way of fdlibm (e_exp.c), which is also that of JavaScript here, to the same last digit. `query_lower` gets its mapping from who
 * calls it: of code points, and what stands before and after a sigma at the end of a word.
 */
export const queryFunctions = {
  version: 2,
  script: `
    create function query_add(a double precision, b double precision) returns double precision
    language plpgsql immutable strict parallel safe
    as $$
    begin
      -- Half of the sum, exactly, tells whether the whole one is a number. Beside a smaller number a double stays what it is.
      if abs(a) < 1e290 or abs(b) < 1e290 or abs(a * 0.5 + b * 0.5) < 2.0::double precision ^ 1023 then return a + b; end if;
      return null;
    end;
    $$;

    create function query_subtract(a double precision, b double precision) returns double precision
    language plpgsql immutable strict parallel safe
    as $$
    begin
      return query_add(a, -b);
    end;
    $$;

    create function query_multiply_extremes(a double precision, b double precision) returns double precision
    language plpgsql immutable strict parallel unsafe
    as $$
    begin
      return a * b;
    exception
      when numeric_value_out_of_range then
        return case when abs(a) < 1 then 0 end;
    end;
    $$;

    create function query_multiply(a double precision, b double precision) returns double precision
    language plpgsql immutable strict parallel unsafe
    as $$
    begin
      if (abs(a) between 1e-150 and 1e150 or a = 0) and (abs(b) between 1e-150 and 1e150 or b = 0) then return a * b; end if;
      return query_multiply_extremes(a, b);
    end;
    $$;

    create function query_square(a double precision) returns double precision
    language plpgsql immutable strict parallel unsafe
    as $$
    begin
      return query_multiply(a, a);
    end;
    $$;

    create function query_divide_extremes(a double precision, b double precision) returns double precision
    language plpgsql immutable strict parallel unsafe
    as $$
    begin
      return a / b;
    exception
      when numeric_value_out_of_range then
        return case when abs(a) < abs(b) then 0 end;
    end;
    $$;

    create function query_divide(a double precision, b double precision) returns double precision
    language plpgsql immutable strict parallel unsafe
    as $$
    begin
      if b = 0 then return null; end if;
      if (abs(a) between 1e-150 and 1e150 or a = 0) and abs(b) between 1e-150 and 1e150 then return a / b; end if;
      return query_divide_extremes(a, b);
    end;
    $$;

    create function query_remainder(a double precision, b double precision) returns double precision
    language plpgsql immutable strict parallel safe
    as $$
    declare
      remainder double precision := abs(a);
      divisor double precision := abs(b);
      part double precision := abs(b);
    begin
      if b = 0 then return null; end if;
      if remainder < divisor then return a; end if;
      if remainder < 9e15 and remainder = floor(remainder) and divisor = floor(divisor) then return a::bigint % b::bigint; end if;
      -- As by hand, in binary: each difference of two numbers so close to each other is exact.
      while part <= remainder - part loop
        part := part * 2;
      end loop;
      loop
        if remainder >= part then remainder := remainder - part; end if;
        exit when part = divisor;
        part := part / 2;
      end loop;
      return sign(a) * remainder;
    end;
    $$;

    create function query_sqrt(a double precision) returns double precision
    language plpgsql immutable strict parallel safe
    as $$
    begin
      if a < 0 then return null; end if;
      return sqrt(a);
    end;
    $$;

    create function query_power(a double precision, b double precision) returns double precision
    language plpgsql immutable strict parallel unsafe
    as $$
    begin
      return power(a, b);
    exception
      when numeric_value_out_of_range then
        return case when (abs(a) < 1) = (b > 0) then 0 end;
      when invalid_argument_for_power_function then
        return null;
    end;
    $$;

    create function query_exp(a double precision) returns double precision
    language plpgsql immutable strict parallel safe
    as $$
    declare
      ln2_high constant double precision := 6.93147180369123816490e-01;
      ln2_low constant double precision := 1.90821492927058770002e-10;
      x double precision := a;
      high double precision := 0;
      low double precision := 0;
      k integer := 0;
      t double precision;
      c double precision;
      y double precision;
    begin
      if a > 709.782712893383973096 then return null; end if;
      if a < -745.13321910194110842 then return 0; end if;
      if a = 1 then return 2.718281828459045; end if;
      -- Limits as they stand in the upper half of a double.
      if abs(a) >= 0.3465735912322998 then
        if abs(a) < 1.0397205352783203 then
          k := sign(a);
        else
          k := trunc(1.44269504088896338700 * a + 0.5 * sign(a));
        end if;
        high := a - k * ln2_high;
        low := k * ln2_low;
        x := high - low;
      elsif abs(a) < 3.725290298461914e-9 then
        return 1 + a;
      end if;
      t := x * x;
      c := x - t * (1.66666666666666019037e-01 + t * (-2.77777777770155933842e-03 + t * (6.61375632143793436117e-05
        + t * (-1.65339022054652515390e-06 + t * 4.13813679705723846039e-08))));
      if k = 0 then return 1 - ((x * c) / (c - 2) - x); end if;
      y := 1 - ((low - (x * c) / (2 - c)) - high);
      if k = 1024 then return y * 2 * 2.0::double precision ^ 1023; end if;
      if k >= -1021 then return y * 2.0::double precision ^ k; end if;
      return y * 2.0::double precision ^ (k + 1000) * 2.0::double precision ^ -1000;
    end;
    $$;

    create function query_as_number(value text) returns double precision
    language plpgsql immutable strict parallel unsafe
    as $$
    declare
      parts text[];
    begin
      if value !~ '^-?[0-9]+(\\.[0-9]+)?([eE][+-]?[0-9]+)?$' then return null; end if;
      return value::double precision;
    exception
      when numeric_value_out_of_range then
        -- Digits before the point, zeros behind it, and the exponent tell whether it is too large or too small.
        parts := regexp_match(value, '^-?0*([0-9]*)(?:\\.(0*)[0-9]*)?(?:[eE]([+-]?)0*([0-9]*))?$');
        return case
          when case when parts[1] = '' then -length(coalesce(parts[2], '')) else length(parts[1]) end
            + (coalesce(parts[3], '') || '0' || left(coalesce(parts[4], ''), 12))::bigint < 0
          then 0
        end;
    end;
    $$;

    create function query_double(value numeric) returns double precision
    language plpgsql immutable strict parallel safe
    as $$
    begin
      if abs(value) >= 2::numeric ^ 1024 - 2::numeric ^ 970 then return null; end if;
      if abs(value) < 2.4703282292062328e-324 then return 0; end if;
      return value::double precision;
    end;
    $$;

    create function query_average(total numeric, documents bigint) returns double precision
    language plpgsql immutable strict parallel safe
    as $$
    declare
      result double precision := query_double(total);
    begin
      -- Half of the smallest double, or less, is 0.
      if abs(result) < 1e-280 and abs(result) * 2.0::double precision ^ 1000 <= documents * 2.0::double precision ^ -75 then return 0; end if;
      return result / documents;
    end;
    $$;

    create function query_substring(value text, start double precision, size double precision) returns text
    language plpgsql immutable strict parallel safe
    as $$
    begin
      if not (start between 0 and 9007199254740991 and size between 0 and 9007199254740991) then return null; end if;
      if start <> floor(start) or size <> floor(size) then return null; end if;
      return substr(value, least(start, 1e9)::integer + 1, least(size, 1e9)::integer);
    end;
    $$;

    create function query_pattern(value text) returns text
    language plpgsql immutable strict parallel safe
    as $$
    begin
      -- A last backslash that takes the meaning from nothing stands for itself.
      if length(substring(value from '\\\\*$')) % 2 = 1 then return value || '\\'; end if;
      return value;
    end;
    $$;

    create function query_upper(value text, mapping jsonb) returns text
    language plpgsql immutable strict parallel safe
    as $$
    begin
      if octet_length(value) = length(value) then return upper(value collate "C"); end if;
      return (
        select string_agg(coalesce(mapping ->> letter, letter), '' order by place)
        from unnest(string_to_array(value, null)) with ordinality as letters (letter, place)
      );
    end;
    $$;

    create function query_lower(value text, mapping jsonb, before_final text, after_final text) returns text
    language plpgsql immutable strict parallel safe
    as $$
    begin
      if octet_length(value) = length(value) then return lower(value collate "C"); end if;
      return (
        select string_agg(
          case
            when letter = 'Σ' and left(value, place::integer - 1) ~ before_final and substr(value, place::integer + 1) ~ after_final
            then 'ς'
            else coalesce(mapping ->> letter, letter)
          end,
          '' order by place
        )
        from unnest(string_to_array(value, null)) with ordinality as letters (letter, place)
      );
    end;
    $$;

    create function query_canonical_number(value numeric) returns text
    language plpgsql immutable strict parallel safe
    as $$
    declare
      digits text;
      exponent integer;
    begin
      if value = 0 or abs(value) >= 1e-6 and abs(value) < 1e21 then return value::text; end if;
      digits := ltrim(replace(abs(value)::text, '.', ''), '0');
      exponent := case
        when abs(value) < 1 then length(digits) - scale(value) - 1
        else length(trunc(abs(value))::text) - 1
      end;
      digits := rtrim(digits, '0');
      return case when value < 0 then '-' else '' end
        || left(digits, 1)
        || case when length(digits) > 1 then '.' || substr(digits, 2) else '' end
        || case when exponent < 0 then 'e-' else 'e+' end
        || abs(exponent);
    end;
    $$;

    create function query_canonical(value jsonb) returns text
    language plpgsql immutable strict parallel safe
    as $$
    begin
      case jsonb_typeof(value)
        when 'object' then
          return '{' || coalesce((
            select string_agg(to_jsonb(key)::text || ':' || query_canonical(child), ',' order by key collate "C")
            from jsonb_each(value) as children (key, child)
          ), '') || '}';
        when 'array' then
          return '[' || coalesce((
            select string_agg(query_canonical(child), ',' order by place)
            from jsonb_array_elements(value) with ordinality as items (child, place)
          ), '') || ']';
        when 'number' then
          return query_canonical_number(value::numeric);
        else
          return value::text;
      end case;
    end;
    $$;
  `,
};
